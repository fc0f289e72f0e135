import type { Picture } from './pictures.ts';

/** How much memory pictures may take, in bytes. */
const maxBytes = 32 * 1024 * 1024;

/** The most recently requested pictures, by their identity. */
export function createPictureCache() {
  const pictures = new Map<string, Picture>();
  let bytes = 0;
  const remove = (key: string) => {
    bytes -= pictures.get(key)?.png.length ?? 0;
    pictures.delete(key);
  };
  const set = (key: string, picture: Picture) => {
    remove(key);
    pictures.set(key, picture);
    bytes += picture.png.length;
    for (const oldest of pictures.keys()) {
      if (bytes <= maxBytes) return;
      remove(oldest);
    }
  };
  return {
    set,
    /** Makes it the newest one. */
    get(key: string): Picture | undefined {
      const picture = pictures.get(key);
      if (picture) set(key, picture);
      return picture;
    },
  };
}
