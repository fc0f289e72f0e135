import { readdir } from 'node:fs/promises';
import { systemErrorCode } from '../../shared/errors/stagingError.ts';
import type { DirectoryFormat } from '../../shared/http/contract/answers/files.ts';
import type { Preview } from '../../shared/http/contract/answers/previews.ts';
import { displayName, type FileName, fileName, fileNameFromLatin1 } from '../../shared/model/fileName.ts';
import { isDid, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import { readFully } from '../../shared/storage/io/descriptors.ts';
import {
  type OpenDirectory,
  openDirectoryAt,
  openFileAt,
  pathIn,
} from '../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';

/** Files that identify the kind of a casacore table. */
const tableInfo = fileName('table.info');

const tableTypes: Readonly<Record<string, DirectoryFormat>> = {
  'Measurement Set': 'measurement_set',
  Image: 'casa_image',
};

/** The format of a folder that is one item, such as a MeasurementSet; undefined for others. */
export async function directoryFormat(directory: OpenDirectory): Promise<DirectoryFormat | undefined> {
  const type = await tableTypeOf(directory);
  if (type !== undefined) return tableTypes[type] ?? 'casa_table';
  return directory.location.at(-1)?.toLowerCase().endsWith('.zarr') ? 'zarr' : undefined;
}

/** The format of a folder in an open one. A folder that no longer exists has none. */
export async function formatOfEntry(
  parent: OpenDirectory,
  name: FileName,
): Promise<DirectoryFormat | undefined> {
  try {
    await using directory = await openDirectoryAt(pathIn(parent, name), [...parent.location, name]);
    return await directoryFormat(directory);
  } catch (error) {
    return nothingIfHidden(error);
  }
}

/** `Type = …`, the first line of `table.info`. */
async function tableTypeOf(directory: OpenDirectory): Promise<string | undefined> {
  try {
    await using file = await openFileAt(pathIn(directory, tableInfo), [...directory.location, tableInfo]);
    if (!file) return undefined;
    const head = await readFully(file.handle.fd, Buffer.alloc(256));
    return /^Type = *(.*?) *$/m.exec(head.toString('latin1'))?.[1];
  } catch (error) {
    return nothingIfHidden(error);
  }
}

/** A file that is missing, a link, or unreadable has no format. @throws any other error */
function nothingIfHidden(error: unknown): undefined {
  const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO'];
  if (!codes.includes(systemErrorCode(error) ?? '')) throw error;
  return undefined;
}

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
