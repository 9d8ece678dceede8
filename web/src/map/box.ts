// A map in a box: made with it, gone with it.
import {
  Map as MapLibre,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

setWorkerUrl(workerUrl);

/** Where the region lies. */
export const NINGXIA: [number, number, number, number] = [104.28, 35.23, 107.66, 39.39];

/** The map once it has loaded its style, and the element that it goes into. */
export function useMapBox(style: StyleSpecification, padding: number) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!box.current) return;
    let made: MapLibre;
    try {
      made = new MapLibre({
        container: box.current,
        style,
        bounds: NINGXIA,
        fitBoundsOptions: { padding },
        fadeDuration: 0,
        dragRotate: false,
        pitchWithRotate: false,
        attributionControl: { compact: true, customAttribution: t('map.credit') },
        localIdeographFontFamily: "'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif",
      });
    } catch {
      setFailed(true);
      return;
    }
    made.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    made.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    made.touchZoomRotate.disableRotation();
    made.on('load', () => setMap(made));
    return () => {
      setMap(null);
      made.remove();
    };
  }, [t, style, padding]);
  return { box, map, failed };
}
