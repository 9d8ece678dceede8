/** `106.285, 38.455`; none when it is empty or no place on Earth. */
export function parsePosition(words: string | undefined): { lon: number; lat: number } | null {
  const [lon, lat] = (words ?? '')
    .split(/[,，\s]+/)
    .filter(Boolean)
    .map(Number);
  if (lon === undefined || lat === undefined || Number.isNaN(lon + lat)) return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}
