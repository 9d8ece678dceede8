import { useMapDevices } from '../api/queries';
import { CLOSE, flyTo } from '../lib/selection';
import { rowOf } from '../live/merge';

/** Moves the map to a device. */
export function useShowDevice() {
  const devices = useMapDevices().data;
  return (key: string) => {
    const row = devices && rowOf(devices, key);
    if (devices === undefined || row === undefined) return;
    const lon = devices.lon[row];
    const lat = devices.lat[row];
    if (lon !== undefined && lat !== undefined) flyTo(lon, lat, CLOSE);
  };
}
