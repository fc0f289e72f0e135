import { constants, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { displayName } from '../../shared/model/fileName.ts';
import type { StoragePath } from '../../shared/model/paths.ts';
import { partName } from '../../shared/storage/copy/partNames.ts';
import { pathIn } from '../../shared/storage/mounted/openAt.ts';
import { targetError } from '../../shared/storage/storageErrors.ts';
import { openTargetDirectory } from '../../shared/storage/userArea/openTarget.ts';
import { publishFile } from '../../shared/storage/userArea/publish.ts';

/** The bytes of a file, all at once or as they come. */
type FileContent = Buffer | AsyncIterable<Buffer>;

/** Where a file is now, and how large it is. */
interface CreatedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Creates a file beneath the source storage: whole or not at all, and never in the place of another.
 * Links on the way are not followed, wherever they lead.
 * @throws FILE_EXISTS, PATH_INVALID, NO_SPACE, …, and what the content throws
 */
export async function createFile(
  storagePath: string,
  path: StoragePath,
  content: FileContent,
): Promise<CreatedFile> {
  const name = path.names.at(-1);
  if (name === undefined) {
    throw new StagingError('PATH_INVALID', { path: JSON.stringify(path.given), reason: 'it names no file' });
  }
  const directory = await openTargetDirectory(storagePath, path.names.slice(0, -1), 'make');
  if (!directory) throw new StagingError('INTERNAL');
  const part = partName(name, uuid());
  try {
    const sizeBytes = await writeDurably(pathIn(directory, part), content);
    const outcome = await publishFile(directory, part, name);
    if (outcome === 'already_present') throw new StagingError('FILE_EXISTS', { path: path.given });
    return { path: join(storagePath, ...path.names.map(displayName)), sizeBytes };
  } catch (error) {
    throw targetError(error, path.given);
  } finally {
    // There is none any more when it was published.
    await unlink(pathIn(directory, part)).catch(() => undefined);
    await directory.handle.close();
  }
}

async function writeDurably(path: Buffer, content: FileContent): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o644);
  // Each write goes on where the one before ended.
  for await (const chunk of Buffer.isBuffer(content) ? [content] : content) await file.writeFile(chunk);
  await file.sync();
  return (await file.stat()).size;
}
