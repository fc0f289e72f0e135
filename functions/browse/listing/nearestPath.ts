import { readdir } from 'node:fs/promises';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { displayName, workspaceName } from '../../../shared/model/fileName.ts';
import type { StoragePath } from '../../../shared/model/paths.ts';
import { pathIn } from '../../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import { faultsOfPaths } from './beneathFolder.ts';

/** Larger folders are not searched for a name. */
const maxNames = 5000;

/** An existing path that differs in one name, by a few letters; undefined if there is none. */
export async function nearestPath(storage: SourceStorage, path: StoragePath): Promise<string | undefined> {
  for (let length = path.names.length - 1; length >= 0; length -= 1) {
    const names = await namesIn(storage, { ...path, names: path.names.slice(0, length) });
    if (!names) continue;
    const wanted = displayName(path.names[length] ?? '');
    const nearest = nearestName(wanted, names);
    if (nearest === undefined) return undefined;
    const all = path.names.map(displayName);
    return [...all.slice(0, length), nearest, ...all.slice(length + 1)].join('/');
  }
  return undefined;
}

/** The names in a folder; undefined if there is no such folder. */
async function namesIn(storage: SourceStorage, path: StoragePath): Promise<string[] | undefined> {
  try {
    await using folder = await storage.open(path);
    if (folder.kind !== 'directory') return undefined;
    const names = await readdir(pathIn(folder), 'latin1');
    const shown = names.filter((name) => folder.location.length > 0 || name !== workspaceName);
    return shown.length > maxNames ? [] : shown.map(displayName);
  } catch (error) {
    if (error instanceof StagingError && faultsOfPaths.includes(error.code)) return undefined;
    throw error;
  }
}

/** The name with the smallest distance, if that is no more than a third of its letters. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > most) continue;
    const distance = distanceOf(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= most && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
      nearest = { name, distance };
    }
  }
  return nearest?.name;
}

/** The number of inserted, omitted or replaced letters between two texts (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let line = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (line[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (line[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    line = next;
  }
  return line.at(-1) ?? 0;
}
