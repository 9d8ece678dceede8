// A region of made-up devices, the same at every start.
import { readFileSync } from 'node:fs';

export const areas = JSON.parse(
  readFileSync(new URL('../../packs/ningxia/areas.geojson', import.meta.url), 'utf8'),
);

/** A small generator of pseudo-random numbers in [0, 1). */
export function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const text = (zh, en) => ({ zh, en });
const point = (name, label, unit, min, max, normal, extra = {}) => ({
  name,
  label,
  unit,
  min,
  max,
  normal,
  states: [],
  rules: [],
  limits: [],
  ...extra,
});
const OPEN = [
  [0, text('关', 'shut')],
  [1, text('开', 'open')],
];

export const profiles = {
  'gas-detector-household': {
    name: text('家用燃气探测器', 'Household gas detector'),
    points: [
      point('ch4', text('甲烷浓度', 'Methane'), '%LEL', 0, 100, 0.4, {
        rules: ['gas-household/ch4-high'],
        limits: [
          { value: 5, side: 'high', priority: 'high' },
          { value: 20, side: 'high', priority: 'critical' },
        ],
      }),
      point('temperature', text('温度', 'Temperature'), '℃', -20, 70, 22),
      point('battery', text('电池', 'Battery'), '%', 0, 100, 88),
    ],
    commands: [
      { name: 'test', label: text('自检', 'Self-test'), argument: null, irreversible: false },
    ],
  },
  'gas-valve': {
    name: text('燃气切断阀', 'Gas shut-off valve'),
    points: [point('open', text('阀位', 'Valve'), '', 0, 1, 1, { states: OPEN })],
    commands: [
      {
        name: 'valve.close',
        label: text('关阀', 'Close valve'),
        argument: null,
        irreversible: true,
      },
    ],
  },
  fan: {
    name: text('防爆排风机', 'Explosion-proof fan'),
    points: [
      point('running', text('运行', 'Running'), '', 0, 1, 0, {
        states: [
          [0, text('停', 'stopped')],
          [1, text('转', 'running')],
        ],
      }),
      point('speed', text('转速', 'Speed'), 'r/min', 0, 3000, 0),
    ],
    commands: [
      { name: 'fan.start', label: text('启动', 'Start'), argument: null, irreversible: false },
      {
        name: 'fan.speed',
        label: text('调速', 'Set speed'),
        argument: [0, 3000],
        irreversible: false,
      },
    ],
  },
  'smoke-detector': {
    name: text('独立式感烟探测器', 'Smoke detector'),
    points: [point('smoke', text('烟雾浓度', 'Smoke'), '%/m', 0, 30, 0.2)],
    commands: [],
  },
  'water-level': {
    name: text('水位计', 'Water level gauge'),
    points: [
      point('level', text('水位', 'Level'), 'm', 0, 20, 3.1, {
        limits: [{ value: 6, side: 'high', priority: 'high' }],
      }),
      point('rain', text('10 分钟雨量', 'Rain in 10 min'), 'mm', 0, 60, 0),
    ],
    commands: [],
  },
  'toxic-gas': {
    name: text('有毒气体探测器', 'Toxic gas detector'),
    points: [point('h2s', text('硫化氢', 'Hydrogen sulphide'), 'ppm', 0, 100, 0.3)],
    commands: [],
  },
  loudspeaker: {
    name: text('应急广播终端', 'Loudspeaker'),
    points: [point('online', text('在线', 'Online'), '', 0, 1, 1)],
    commands: [
      { name: 'speaker.say', label: text('播报', 'Say'), argument: null, irreversible: false },
    ],
  },
};

const centre = (feature) => {
  const ring = feature.geometry.coordinates.map((p) => p[0]).sort((a, b) => b.length - a.length)[0];
  const sum = ring.reduce(([x, y], p) => [x + p[0], y + p[1]], [0, 0]);
  return [sum[0] / ring.length, sum[1] / ring.length];
};

const SURNAMES = '马王李张杨丁刘陈赵周';
const GIVEN = '建国秀英志强晓燕海龙玉兰文军丽华';

export function makeDevices(count) {
  const rand = random(7);
  const pick = (list) => list[Math.floor(rand() * list.length)];
  const kinds = Object.keys(profiles);
  const devices = [];
  const add = (device) => devices.push({ drill: false, attributes: {}, camera: '', ...device });
  const home = {
    area: 640104000,
    position: { lon: 106.2853, lat: 38.4672 },
    facility: '兴庆区凤凰花园 7 号楼',
  };
  for (const room of ['1-301', '1-302', '1-401']) {
    const person = { name: '凤凰花园物业值班岗', person: '马建国', phone: '13900000001' };
    const common = {
      ...home,
      room,
      floor: Number(room[2]),
      post: person,
      drill: true,
      state: 'normal',
    };
    add({
      ...common,
      key: `gas-${room}`,
      name: `${room} 厨房燃气探测器`,
      profile: 'gas-detector-household',
      camera: room === '1-301' ? 'cam-7-1' : '',
    });
    add({ ...common, key: `valve-${room}`, name: `${room} 燃气切断阀`, profile: 'gas-valve' });
    add({
      ...common,
      key: `fan-${room}`,
      name: `${room} 排风机`,
      profile: 'fan',
      attributes: { explosion_proof: 'yes' },
    });
  }
  while (devices.length < count) {
    const feature = pick(areas.features);
    const [lon, lat] = centre(feature);
    const { code, name } = feature.properties;
    const profile = pick(kinds);
    const n = devices.length;
    const r = rand();
    add({
      key: `${profile}-${n}`,
      name: `${name}${profiles[profile].name.zh} ${n} 号`,
      profile,
      area: code,
      position: {
        lon: lon + (rand() + rand() + rand() - 1.5) * 0.16,
        lat: lat + (rand() + rand() + rand() - 1.5) * 0.14,
      },
      facility: rand() < 0.5 ? `${name}第 ${Math.ceil(rand() * 40)} 小区` : '',
      room: rand() < 0.4 ? `${Math.ceil(rand() * 4)}-${Math.ceil(rand() * 6)}02` : '',
      floor: 0,
      post:
        rand() < 0.1
          ? null
          : {
              name: `${name}网格岗`,
              person: pick([...SURNAMES]) + pick([...GIVEN]),
              phone: `138${String(10_000_000 + n)}`,
            },
      state:
        r < 0.004
          ? 'alarm'
          : r < 0.012
            ? 'fault'
            : r < 0.04
              ? 'offline'
              : r < 0.05
                ? 'maintenance'
                : r < 0.07
                  ? 'unknown'
                  : 'normal',
    });
  }
  return devices;
}
