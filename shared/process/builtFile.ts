/**
 * The path of a built thread program, by its name without extension: next to the calling bundle or, when the service
 * runs from source, in `dist`.
 */
export function builtFile(name: string): URL {
  const [extension] = /\.\w+$/.exec(import.meta.url) ?? [];
  const path = extension === '.ts' ? `../../dist/${name}.js` : `./${name}${extension}`;
  return new URL(path, import.meta.url);
}
