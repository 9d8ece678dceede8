import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Areas, DEVICE_STATES, type Zone } from '../api/types';
import { incident, mapDevices } from '../test/samples';
import {
  areaLabels,
  boundsOf,
  deviceFeatures,
  incidentFeatures,
  rankOf,
  stateOfRank,
  zoneFeatures,
} from './data';

const areas = JSON.parse(
  readFileSync(join(process.cwd(), '../packs/ningxia/areas.geojson'), 'utf8'),
) as Areas;

describe('states', () => {
  it('have ranks, the worst the largest', () => {
    for (const state of DEVICE_STATES) expect(stateOfRank(rankOf(state))).toBe(state);
    expect(rankOf('alarm')).toBeGreaterThan(rankOf('fault'));
    expect(rankOf('offline')).toBeGreaterThan(rankOf('normal'));
  });
});

describe('devices', () => {
  it('are points with their state; hidden states are left out', () => {
    const { features } = deviceFeatures(mapDevices(), new Set(['offline'] as const));
    expect(features.map((f) => f.properties.key)).toEqual(['a', 'c']);
    expect(features[0]?.geometry.coordinates).toEqual([106, 38]);
  });
});

describe('the counties', () => {
  it('are 22, each with one label inside the region', () => {
    const { features } = areaLabels(areas, 'zh');
    expect(features).toHaveLength(22);
    const [west, south, east, north] = boundsOf(areas) ?? [0, 0, 0, 0];
    expect([west, south, east, north].map(Math.floor)).toEqual([104, 35, 107, 39]);
    for (const { geometry } of features) {
      const [lon = 0, lat = 0] = geometry.coordinates;
      expect(lon > west && lon < east && lat > south && lat < north).toBe(true);
    }
  });
  it('have names in both languages', () => {
    expect(areaLabels(areas, 'en').features.map((f) => f.properties.name)).toContain('Helan');
  });
});

describe('incidents', () => {
  it('without a place are not drawn', () => {
    const list = [incident({ id: 1 }), incident({ id: 2, position: null })];
    expect(incidentFeatures(list, 'zh').features.map((f) => f.properties.id)).toEqual([1]);
  });
});

describe('danger areas', () => {
  const name = { zh: 'z', en: 'zone' };
  const polygon: Zone = {
    type: 'Feature',
    properties: { name, action: 'leave' },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [2, 0],
          [1, 2],
          [0, 0],
        ],
      ],
    },
  };
  const room: Zone = {
    type: 'Feature',
    properties: { name, action: 'leave', shape: 'room' },
    geometry: { type: 'Point', coordinates: [1, 1] },
  };
  it('are drawn with the innermost on top', () => {
    const outer: Zone = { ...polygon, properties: { name, action: 'stay-away' } };
    const { shapes } = zoneFeatures(incident({ zones: [polygon, outer] }), 'en');
    expect(shapes.features.map((f) => f.properties?.action)).toEqual(['stay-away', 'leave']);
  });
  it('without an outline are rings with one label', () => {
    const stair: Zone = { ...room, properties: { name, action: 'shelter', shape: 'stair' } };
    const { shapes, rings, labels } = zoneFeatures(incident({ zones: [room, stair] }), 'en');
    expect(shapes.features).toEqual([]);
    expect(rings.features).toHaveLength(2);
    expect(labels.features.map((f) => f.properties.label)).toEqual(['zone\nzone']);
  });
  it('without a place are left to the list', () => {
    const nowhere: Zone = { ...room, geometry: null };
    expect(zoneFeatures(incident({ zones: [nowhere] }), 'en').rings.features).toEqual([]);
  });
});
