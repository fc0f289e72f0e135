/**
 * The path of a program that is built to run in a thread, by its name without extension: beside the bundle that asks
 * for it; when the service runs from source, in `dist`.
 */
export function builtFile(name: string): URL {
  const [extension] = /\.\w+$/.exec(import.meta.url) ?? [];
  const path = extension === '.ts' ? `../../dist/${name}.js` : `./${name}${extension}`;
  return new URL(path, import.meta.url);
}
