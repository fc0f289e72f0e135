import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The version and commit that the running program was built from. */
interface Build {
  /** The version of the package; null in a program that was not built. */
  readonly version: string | null;
  /** The commit that it was built from, with `-dirty` if there were changes; null if it was built without git. */
  readonly commit: string | null;
}

declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | null | undefined;

/** The build puts its values here; without a build the names do not exist. */
export const build: Build = {
  version: typeof BUILD_VERSION === 'undefined' ? null : BUILD_VERSION,
  commit: typeof BUILD_COMMIT === 'undefined' ? null : BUILD_COMMIT,
};

/**
 * The path of a built thread program, by its name without extension: next to the calling bundle or, when the service
 * runs from source, in `dist`.
 */
export function builtFile(name: string): URL {
  const [extension] = /\.\w+$/.exec(import.meta.url) ?? [];
  const path = extension === '.ts' ? `../../dist/${name}.js` : `./${name}${extension}`;
  return new URL(path, import.meta.url);
}

const builtFolder = dirname(fileURLToPath(import.meta.url));

/** By the paths of built files. */
const maps = new Map<string, SourceMap>();

/**
 * A stack trace in which positions in built files, which lie in the folder of this program, are those in our source.
 * Source maps are read for the first trace of a file; with `--enable-source-maps`, Node.js would read them all at every
 * start, which takes a fifth of it. Messages may contain anything, so files elsewhere are not looked for.
 */
export function withSourcePlaces(stack: string, folder = builtFolder): string {
  const folders = [pathToFileURL(folder).href, folder].map((text) => text.replaceAll(/[^\w/]/g, '\\$&'));
  const position = new RegExp(`(?:${folders.join('|')})/([\\w-]+\\.m?js):(\\d+):(\\d+)`, 'g');
  return stack.replaceAll(position, (built: string, name: string, line: string, column: string) => {
    const place = mapOf(join(folder, name))?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!place || !('originalSource' in place) || !place.originalSource) return built;
    // The nearest position is in an earlier line if this one is of a package.
    if (place.generatedLine !== Number(line) - 1) return built;
    const source = resolve(folder, place.originalSource);
    return `${source}:${place.originalLine + 1}:${place.originalColumn + 1}`;
  });
}

function mapOf(path: string): SourceMap | undefined {
  const map = maps.get(path) ?? readMap(path);
  if (map) maps.set(path, map);
  return map;
}

function readMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}
