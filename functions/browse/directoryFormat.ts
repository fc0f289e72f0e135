import { systemErrorCode } from '../../shared/errors/stagingError.ts';
import type { DirectoryFormat } from '../../shared/http/contract/files.ts';
import { type FileName, fileName } from '../../shared/model/fileName.ts';
import { readFully } from '../../shared/storage/io/descriptors.ts';
import {
  type OpenDirectory,
  openDirectoryAt,
  openFileAt,
  pathIn,
} from '../../shared/storage/mounted/openAt.ts';

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
