import { closeSync, constants, fstatSync, fsync, linkSync, lstatSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { splitNames } from '../../model/fileName.ts';
import type { Digests } from '../../model/operation.ts';
import type { Published } from '../../model/operations/lifecycle.ts';
import { createDigests } from '../digest/digests.ts';
import { fileEtag } from '../entityTag.ts';
import { pathAt } from '../io/descriptors.ts';
import { mayHaveHoles } from '../io/holes.ts';
import { type IoFailure, settle, type TaskOutcome, throwIfStopped } from '../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../progress.ts';
import { ownerToGive } from '../userArea/openTarget.ts';
import { identityOf } from '../userArea/publish.ts';
import { removeAt } from './removeTask.ts';
import { type Folder, type Folders, openFolders, readSource } from './smallSource.ts';
import { seal } from './trees/treeFiles.ts';

/** Small files that are copied into user areas and published together. Space has been reserved for all of them. */
interface SmallFilesTask {
  /** The roots of the source storage and of the user areas. */
  readonly sources: string;
  readonly targets: string;
  /** The workspace in the root of the user areas. */
  readonly workspaceFd: number;
  readonly files: readonly SmallFile[];
  /** The size up to which space is reserved for each of them. */
  readonly maxBytes: number;
  readonly progressMemory: ProgressMemory;
}

interface SmallFile {
  /** The name of its part in the workspace: a folder for each would cost more than the file. */
  readonly part: string;
  /** The names from the root, joined by `joinNames`. The first name of a target is the user area. */
  readonly source: string;
  readonly target: string;
  /** The digests to compute, and the expected ones among them. */
  readonly digests: readonly (keyof Digests)[];
  readonly expectedDigests: Digests;
  /** Until when it is certain that this process owns the operation, by `process.hrtime.bigint()`. */
  readonly publishBefore: bigint;
}

/** A file that was copied and published. */
export interface SmallCopy {
  readonly published: Published;
  readonly digests: Digests;
  readonly bytes: number;
  readonly sourceEtag: string;
}

const partFlags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_CREAT | constants.O_EXCL;
const sync = promisify(fsync);

/**
 * Takes the steps of the staging procedure for each file by synchronous calls, and those that wait for the disk for all
 * files together. A file with anything unusual about it is left, with nothing of it behind: a link or a missing folder
 * on the way, an existing target, a source that changes, any error.
 */
export function copySmallFiles(task: SmallFilesTask): Promise<TaskOutcome<SmallFileResult[]>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    using folders = openFolders();
    const parts: (Part | undefined)[] = [];
    for (const file of task.files) {
      throwIfStopped(progress);
      parts.push(await makePart(task, file, folders).catch(() => undefined));
    }
    const areDurable = await Promise.all(parts.map((part) => part && isSynced(part.fd)));
    const results = parts.map((part, index) => (part && areDurable[index] ? publish(part) : null));
    const used = new Set(parts.flatMap((part, index) => (part && results[index] ? [part.folder.fd] : [])));
    const isNamed = new Map<number | undefined, boolean>();
    await Promise.all([...used].map(async (fd) => isNamed.set(fd, await isSynced(fd))));
    return results.map((result, index) => {
      const part = parts[index];
      const isLeft = part !== undefined && !remove(part);
      const isFailed = isLeft || (result && isNamed.get(part?.folder.fd) !== true);
      return isFailed ? { side: 'target', code: 'EIO', name: '' } : result;
    });
  });
}

/** A copy, null for a file that was left, or the failure after it was published. */
type SmallFileResult = SmallCopy | IoFailure | null;

/** A complete, read-only file in the workspace. */
interface Part {
  readonly fd: number;
  readonly path: string | Buffer;
  /** Closes it, and removes its name in the workspace. @throws the system's error */
  remove(): void;
  readonly folder: Folder;
  readonly name: string;
  readonly publishBefore: bigint;
  readonly copy: Omit<SmallCopy, 'published'>;
}

/** Undefined if the file is to be left. @throws if it is, too */
async function makePart(task: SmallFilesTask, file: SmallFile, folders: Folders): Promise<Part | undefined> {
  const { workspaceFd, targets } = task;
  const names = splitNames(file.target);
  const name = names.pop() ?? '';
  const way = folders.walk(targets, names);
  const [, area] = way;
  const folder = way.at(-1);
  // Nothing can be moved there from the workspace of another file system.
  if (!area || folder?.stat.dev !== fstatSync(workspaceFd, { bigint: true }).dev) return undefined;
  if (lstatSync(pathAt(folder.fd, name), { throwIfNoEntry: false })) return undefined;
  const source = readSource(task.sources, file.source, task, folders);
  if (!source || mayHaveHoles(source.stat)) return undefined;
  const digests = await digest(source.bytes, file);
  if (!digests) return undefined;
  const path = pathAt(workspaceFd, file.part);
  const fd = openSync(path, partFlags, 0o600);
  const remove = () => {
    closeSync(fd);
    removeAt(workspaceFd, file.part);
  };
  try {
    for (let done = 0; done < source.bytes.length; ) done += writeSync(fd, source.bytes, done);
    const modifiedAtSeconds = Number(source.stat.mtimeNs) / 1e9;
    seal(fd, { mode: 0o400, modifiedAtSeconds, owner: ownerToGive(area) });
    const copy = { digests, bytes: source.bytes.length, sourceEtag: fileEtag(source.stat) };
    return { fd, path, folder, name, publishBefore: file.publishBefore, copy, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Undefined if a digest is not the expected one. */
async function digest(bytes: Buffer, file: SmallFile): Promise<Digests | undefined> {
  const digests = await createDigests(file.digests);
  digests.update(bytes);
  const computed: Digests = digests.digest();
  return file.digests.every(
    (algorithm) => computed[algorithm] === (file.expectedDigests[algorithm] ?? computed[algorithm]),
  )
    ? computed
    : undefined;
}

/** False when it could not be removed. */
function remove(part: Part): boolean {
  try {
    part.remove();
    return true;
  } catch {
    return false;
  }
}

async function isSynced(fd: number): Promise<boolean> {
  return sync(fd).then(
    () => true,
    () => false,
  );
}

/** Null if it could not be published. */
function publish({ fd, path, folder, name, publishBefore, copy }: Part): SmallCopy | IoFailure | null {
  const made = fstatSync(fd, { bigint: true });
  if (made.nlink !== 1n || process.hrtime.bigint() > publishBefore) return null;
  const target = pathAt(folder.fd, name);
  try {
    linkSync(path, target);
  } catch {
    return null;
  }
  const found = lstatSync(target, { bigint: true, throwIfNoEntry: false });
  if (found?.ino !== made.ino || found.dev !== made.dev)
    return { side: 'target', code: 'DISTURBED', name: '' };
  const inode = `${made.dev}:${made.ino}`;
  const published = { outcome: 'staged', inode, identity: identityOf(made), etag: fileEtag(made) } as const;
  return { ...copy, published };
}
