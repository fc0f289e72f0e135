/**
 * Where a program lies that is built to run in a thread, by its name without extension: beside the bundle that asks,
 * built in the same way; run from its source, the service takes it from `dist`.
 */
export function builtFile(name: string): URL {
  const [extension] = /\.\w+$/.exec(import.meta.url) ?? [];
  const path = extension === '.ts' ? `../../dist/${name}.js` : `./${name}${extension}`;
  return new URL(path, import.meta.url);
}
