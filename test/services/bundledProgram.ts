import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Bundles a program of the tests, which starts in a fraction of the time that its many sources take, and returns its
 * path. It lies beside the built service, whose thread programs it uses, and the next build removes it.
 */
export function bundleProgram(source: string): string {
  // Suites that run at the same time may use the same program.
  const outfile = join('dist', `${basename(source, '.ts')}-${process.pid}.js`);
  buildSync({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
  });
  return outfile;
}
