import { readdir } from 'node:fs/promises';
import type { Preview } from '../../shared/http/contract/previews.ts';
import { displayName, fileNameFromLatin1 } from '../../shared/model/fileName.ts';
import { isDid, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import { type OpenDirectory, pathIn } from '../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import { directoryFormat, formatOfEntry } from './directoryFormat.ts';

/**
 * The contents of a folder that is one item, such as a MeasurementSet; undefined for other folders and for files. The
 * numbers of antennas or rows are not read: casacore may hold newer values in memory than are in the files.
 */
export async function previewDataset(
  storage: SourceStorage,
  path: SourcePath,
): Promise<Extract<Preview, { kind: 'dataset' }> | undefined> {
  if (isDid(path) || isS3Location(path)) return undefined;
  await using source = await storage.open(path);
  if (source.kind !== 'directory') return undefined;
  const format = await directoryFormat(source);
  return format && { kind: 'dataset', format, tables: format === 'zarr' ? [] : await tablesIn(source) };
}

/** The folders that are tables themselves. */
async function tablesIn(directory: OpenDirectory): Promise<string[]> {
  const entries = await readdir(pathIn(directory), { withFileTypes: true, encoding: 'latin1' });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => fileNameFromLatin1(name));
  const formats = await Promise.all(folders.map((name) => formatOfEntry(directory, name)));
  return folders
    .filter((_, index) => formats[index] !== undefined)
    .map(displayName)
    .sort();
}
