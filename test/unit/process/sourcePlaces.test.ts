import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { withSourcePlaces } from '../../../shared/process/build.ts';

let directory: string;
let source: string;
let built: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sources #1 +-'));
  source = join(directory, 'source.ts');
  built = join(directory, 'built.js');
  await writeFile(source, '\nexport function fail(): never {\n  throw new Error("failed");\n}\n');
  await build({
    entryPoints: [source],
    outfile: built,
    format: 'esm',
    minifyWhitespace: true,
    sourcemap: true,
  });
});
afterAll(() => rm(directory, { recursive: true }));

test('positions in built files become those in the source', () => {
  // export function fail(){throw new Error("failed")}
  const [url, path] = [pathToFileURL(built).href, built];
  const place = `${source}:3:9`;
  const stack = `Error: failed\n    at fail (${url}:1:23)\n    at ${path}:1:23`;
  expect(withSourcePlaces(stack, directory)).toBe(`Error: failed\n    at fail (${place})\n    at ${place}`);
});

test('what has no source map, or lies elsewhere, stays as it is', () => {
  const stack = `Error: failed\n    at f (${directory}/other.js:1:2)\n    at node:internal/x:3:4\n    at ${source}:3:9`;
  expect(withSourcePlaces(stack, directory)).toBe(stack);
  expect(withSourcePlaces(`at ${built}:1:23`)).toBe(`at ${built}:1:23`);
});
