import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import * as z from 'zod';

const sourceMapSchema = z.object({
  version: z.literal(3),
  sources: z.array(z.string()),
  mappings: z.string(),
});

/**
 * Removes the lines of packages from the source maps in a folder. Node.js reads a whole map as soon as it loads the
 * module, so every cold start pays for its size; and stack traces are read for our own lines.
 */
export function trimSourceMaps(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.map'))) {
    const path = join(folder, name);
    const map = sourceMapSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const ours = map.sources.filter(isOurs);
    // Most chunks are of packages only.
    const lines =
      ours.length === 0 ? [] : decode(map.mappings).map((line) => keepOurs(line, map.sources, ours));
    writeFileSync(path, JSON.stringify({ version: 3, sources: ours, names: [], mappings: encode(lines) }));
  }
}

function isOurs(source: string): boolean {
  return !source.includes('node_modules/');
}

/** Code between our own is mapped to nothing, once for each section. */
function keepOurs(
  line: readonly SourceMapSegment[],
  sources: readonly string[],
  ours: readonly string[],
): SourceMapSegment[] {
  const kept: SourceMapSegment[] = [];
  for (const [column, source, sourceLine, sourceColumn] of line) {
    const index = source === undefined ? -1 : ours.indexOf(sources[source] ?? '');
    if (index >= 0 && sourceLine !== undefined && sourceColumn !== undefined) {
      kept.push([column, index, sourceLine, sourceColumn]);
    } else if (kept.at(-1)?.length === 4) {
      kept.push([column]);
    }
  }
  return kept;
}
