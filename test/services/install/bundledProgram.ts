import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Bundles a test program, which starts in a fraction of the time that its many source files take, and returns its path.
 * It is next to the built service, whose thread programs it uses, and the next build removes it.
 */
export function bundleProgram(source: string): string {
  // Concurrent suites may use the same program.
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
