/** The root of object stores, as a path of `GET /browse`. */
export const objectStoreRoot = 's3://';

/** Whether a path leads into an object store. */
export function isInObjectStore(path: string): boolean {
  return path.startsWith(objectStoreRoot);
}
