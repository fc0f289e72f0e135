import { constants, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { displayName, fileNameFromLatin1 } from '../../shared/model/fileName.ts';
import { checkNotInWorkspace, type StoragePath } from '../../shared/model/paths.ts';
import { partNames } from '../../shared/storage/copy/partNames.ts';
import { targetError } from '../../shared/storage/io/storageErrors.ts';
import { openStorageRoot, pathIn } from '../../shared/storage/mounted/openAt.ts';
import { type ClosedDirectory, removeFile } from '../../shared/storage/userArea/closedDirectory.ts';
import { makeMissingFolders, retryWhereFoldersVanish } from '../../shared/storage/userArea/makeFolders.ts';
import { openTargetWay } from '../../shared/storage/userArea/openTarget.ts';
import { publishFile } from '../../shared/storage/userArea/publish.ts';
import { openWorkspace } from '../../shared/storage/userArea/workspaces.ts';

/** The bytes of a file, whole or as a stream. */
type FileContent = Buffer | AsyncIterable<Buffer>;

/** The path of a file, and its size. */
interface CreatedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** After this time a part is orphaned, in ms: its process was killed. */
const abandonedMs = 24 * 60 * 60 * 1000;

/**
 * Creates a file beneath the source storage: atomically, and never replacing another. Links on the way are never
 * followed.
 * @throws FILE_EXISTS, PATH_INVALID, NO_SPACE, …, and the errors of the content
 */
export async function createFile(
  storagePath: string,
  path: StoragePath,
  content: FileContent,
): Promise<CreatedFile> {
  const name = path.names.at(-1);
  if (name === undefined) {
    throw new StagingError('PATH_INVALID', {
      path: JSON.stringify(path.given),
      reason: 'it is not the path of a file',
    });
  }
  checkNotInWorkspace(path);
  const folderNames = path.names.slice(0, -1);
  await using way = await openTargetWay(await openStorageRoot(storagePath), folderNames);
  await using workspace = await openWorkspace(storagePath, way.folder);
  await removeAbandoned(workspace);
  const [{ part, folders }] = partNames(uuid(), 1);
  try {
    const sizeBytes = await writeDurably(pathIn(workspace, part), content);
    const publish = async () => {
      await using way = await openTargetWay(await openStorageRoot(storagePath), folderNames);
      await using folder = await makeMissingFolders(way, { directory: workspace, name: folders });
      return await publishFile({ workspace, part, folder, name });
    };
    const { outcome } = await retryWhereFoldersVanish(publish, path.given);
    if (outcome === 'already_present') throw new StagingError('FILE_EXISTS', { path: path.given });
    return { path: join(storagePath, ...path.names.map(displayName)), sizeBytes };
  } catch (error) {
    throw targetError(error, path.given);
  } finally {
    // It no longer exists if it was published.
    await removeFile(workspace, part).catch(() => undefined);
  }
}

/** Removes the parts that killed processes have left. */
async function removeAbandoned(workspace: ClosedDirectory): Promise<void> {
  for (const entry of await readdir(pathIn(workspace), 'latin1')) {
    const name = fileNameFromLatin1(entry);
    const stat = await lstat(pathIn(workspace, name)).catch(() => undefined);
    const isAbandoned = stat?.isFile() && stat.mtimeMs < Date.now() - abandonedMs;
    if (isAbandoned) await removeFile(workspace, name).catch(() => undefined);
  }
}

async function writeDurably(path: Buffer, content: FileContent): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o644);
  // Each write continues where the one before ended.
  for await (const chunk of Buffer.isBuffer(content) ? [content] : content) await file.writeFile(chunk);
  await file.sync();
  return (await file.stat()).size;
}
