// From a proposal of dispatch to what the map draws. Pure.
import type { Dispatch, DispatchLine } from '../api/dispatch';
import type { Position } from '../api/types';
import { nameOfLine } from '../components/dispatch/view';

type Points = GeoJSON.FeatureCollection<GeoJSON.Point>;

const collection = <F>(features: F[]) => ({ type: 'FeatureCollection' as const, features });
const placeOf = (dispatch: Dispatch, line: DispatchLine) =>
  dispatch.incidents.find((scene) => scene.id === line.incident)?.position ?? null;

/** Who is sent by whom to where, straight: it says who belongs to what, not which way they drive. */
export function lineFeatures(dispatch: Dispatch, chosen: number | null): GeoJSON.FeatureCollection {
  return collection(
    dispatch.lines.flatMap((line) => {
      const to = placeOf(dispatch, line);
      const from = line.position;
      if (!from || !to) return [];
      const ends = [
        [from.lon, from.lat],
        [to.lon, to.lat],
      ];
      // Patients are driven to beds.
      if (line.what.sort === 'beds') ends.reverse();
      return [
        {
          type: 'Feature' as const,
          geometry: { type: 'LineString' as const, coordinates: ends },
          properties: { sort: line.what.sort, chosen: line.line === chosen },
        },
      ];
    }),
  );
}

/** Forces, stores and hospitals, each once: of several lines from one place the first stands for all. */
export function sourceFeatures(
  dispatch: Dispatch,
  chosen: number | null,
  span: (minutes: number) => string,
): Points {
  const seen = new Map<string, GeoJSON.Feature<GeoJSON.Point>>();
  for (const line of [...dispatch.lines].sort((a, b) => a.minutes - b.minutes)) {
    if (!line.position) continue;
    const name = nameOfLine(line);
    const { lon, lat } = line.position;
    const key = `${line.what.sort} ${name} ${lon} ${lat}`;
    const isChosen = line.line === chosen;
    const known = seen.get(key);
    if (known && !isChosen) continue;
    seen.set(key, {
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lon, lat] },
      properties: {
        line: line.line,
        sort: line.what.sort,
        label: `${name} ${span(line.minutes)}`,
        chosen: isChosen,
      },
    });
  }
  return collection([...seen.values()]);
}

interface Placed {
  id: number;
  position: Position | null;
}

export function sceneFeatures(scenes: readonly Placed[], nameOf: (id: number) => string): Points {
  return collection(
    scenes.flatMap(({ id, position }) =>
      position
        ? [
            {
              type: 'Feature' as const,
              geometry: { type: 'Point' as const, coordinates: [position.lon, position.lat] },
              properties: { id, label: nameOf(id) },
            },
          ]
        : [],
    ),
  );
}

/** West, south, east and north of places; null of nothing. */
export function boundsOfPlaces(
  places: readonly (Position | null)[],
): [number, number, number, number] | null {
  const all = places.flatMap((place) => place ?? []);
  if (all.length === 0) return null;
  const lons = all.map(({ lon }) => lon);
  const lats = all.map(({ lat }) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
