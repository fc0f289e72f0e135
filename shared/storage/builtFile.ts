/**
 * Where something lies that is built to run in a thread: beside the bundled service; run from its source, the service
 * takes it from there.
 */
export function builtFile(name: string): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `../../dist/${name}` : `./${name}`, import.meta.url);
}
