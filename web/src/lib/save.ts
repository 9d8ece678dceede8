/** A file that was made is read from memory until the browser has written it, milliseconds. */
const WRITTEN_MS = 60_000;

/** Gives the person a file to keep. */
export function save(file: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), WRITTEN_MS);
}
