import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import { chunksOf } from '../model/chunks.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import { displayName, type FileName, textOf } from '../model/fileName.ts';
import type { Digests, Outcome } from '../model/operation.ts';
import { parseJson } from '../model/parseJson.ts';
import { harmless } from '../process/liveSecrets.ts';
import { targetErrorFromCode } from '../storage/io/storageErrors.ts';
import type { Kernel } from './kernel.ts';
import { kernelScript } from './kernelScript.ts';
import type { NotebookServer } from './notebookServer.ts';

/** A file that was sent, and its expected properties. */
export interface SentFile {
  /** Relative to the folder. */
  readonly path: readonly FileName[];
  readonly size: number;
  readonly sha256: string;
  /** The modification time to set, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

/**
 * A folder of the user's server, accessed by a Python kernel, for operations that the contents API does not support:
 * making data read-only, publishing without replacing anything, and digesting a file without loading it into memory.
 * Paths are relative to the folder. The kernel starts when it is first needed; disposing shuts it down.
 */
export interface NotebookFolder extends AsyncDisposable {
  /** Creates the part, accessible only to the user. @throws NO_SPACE */
  begin(path: readonly FileName[], kind: 'file' | 'directory', sizeBytes: number): Promise<void>;
  /** Verifies files, sets their times and syncs them to disk. @throws JUPYTER_DAMAGED */
  verify(files: readonly SentFile[]): Promise<void>;
  /** Renames files and directories in place. */
  rename(names: readonly (readonly [path: readonly FileName[], name: FileName])[]): Promise<void>;
  /** Files 0400, directories 0500. */
  protect(part: FileName): Promise<void>;
  publish(part: FileName, name: FileName): Promise<Outcome>;
  /**
   * Removes a path, if it exists; without a kernel, by the contents API, which may move it to the user's trash. Also
   * works after the operation's signal was aborted.
   */
  remove(part: FileName): Promise<void>;
  /** Undefined for a directory. */
  digest(
    name: FileName,
    algorithms: readonly DigestAlgorithm[],
    sizeBytes: number,
  ): Promise<Digests | undefined>;
}

interface FolderOptions {
  readonly server: NotebookServer;
  readonly kernelName: string;
  readonly names: readonly FileName[];
  readonly partId: string;
  readonly signal: AbortSignal;
}

const usualTimeoutMs = 60_000;
const removeTimeoutMs = 10_000;
/** The bytes that the slowest disk reads in a millisecond. */
const slowBytesPerMs = 10_000;
/** A message to a kernel may have 10 MiB (the default of Tornado). */
const namesPerRequest = 500;

const answerSchema = z.object({
  result: z.unknown().optional(),
  /** The code of a system error: `ENOSPC`. */
  code: z.string().optional(),
  /** Any other exception. */
  failure: z.string().optional(),
});
const damageSchema = z.object({ path: z.string(), reason: z.string() }).nullable();
const digestsSchema = z.partialRecord(z.enum(['sha256', 'adler32', 'md5']), z.string()).nullable();

/** The folder with these names, which must exist when the kernel is first needed. */
export function openNotebookFolder({
  server,
  kernelName,
  names,
  partId,
  signal,
}: FolderOptions): NotebookFolder {
  const folder = textOf(names.join('/'));
  let starting: Promise<Kernel> | undefined;

  const end = async (ending = starting) => {
    if (starting === ending) starting = undefined;
    await (await ending?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
  // Loaded on demand, because most processes never need a kernel.
  const start = async (abort: AbortSignal) =>
    (await import('./kernel.ts')).startKernel(server.connection, { kernelName, folder, partId }, abort);
  const aliveKernel = async (abort: AbortSignal): Promise<Kernel> => {
    const isNew = !starting;
    starting ??= start(abort);
    const started = starting;
    const kernel = await started.catch(async (error: unknown) => {
      await end(started);
      throw error;
    });
    if (isNew || (await kernel.isAlive(abort))) return kernel;
    await end(started).catch(() => undefined);
    // Culled during a long transfer, for instance. A new kernel is equivalent.
    return aliveKernel(abort);
  };
  const run = async <Result>(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    schema: z.ZodType<Result>,
    { sizeBytes = 0, abort = signal } = {},
  ): Promise<Result> => {
    const request = Buffer.from(JSON.stringify({ action, parameters })).toString('base64');
    const timeoutMs = usualTimeoutMs + Math.ceil(sizeBytes / slowBytesPerMs);
    const expression = `_stage('${request}')`;
    const text = await (await aliveKernel(abort)).evaluate(kernelScript, expression, timeoutMs, abort);
    const result = schema.safeParse(resultOf(text, folder));
    if (result.success) return result.data;
    throw noAnswer('its answer makes no sense');
  };
  const nothing = z.null();

  return {
    begin: async (path, kind, sizeBytes) =>
      void (await run('begin', { part: path.join('/'), kind, bytes: sizeBytes }, nothing)),
    async verify(files) {
      const checks = files.map(({ path, mtimeNs, ...rest }) => ({
        path: path.join('/'),
        mtime: `${mtimeNs}`,
        ...rest,
      }));
      const sizeBytes = files.reduce((sum, { size }) => sum + size, 0);
      const damage = await run('verify', { files: checks }, damageSchema, { sizeBytes });
      if (damage === null) return;
      const reason = `${displayName(damage.path)}: ${damage.reason}`;
      throw new StagingError('JUPYTER_DAMAGED', { reason: harmless(reason) });
    },
    async rename(renames) {
      for (const some of chunksOf(renames, namesPerRequest)) {
        await run('rename', { names: some.map(([path, name]) => [path.join('/'), name]) }, nothing);
      }
    },
    // The request's length grows with the number of files, and a large tree is worth waiting an hour.
    protect: async (part) => void (await run('protect', { part }, nothing, { sizeBytes: 3.6e10 })),
    publish: (part, name) => run('publish', { part, name }, z.enum(['staged', 'already_present'])),
    async remove(part) {
      const abort = AbortSignal.timeout(usualTimeoutMs);
      await run('remove', { path: part }, nothing, { abort }).catch(() =>
        server.remove([...names, part], AbortSignal.timeout(removeTimeoutMs)),
      );
    },
    async digest(name, algorithms, sizeBytes) {
      return (await run('digest', { name, algorithms }, digestsSchema, { sizeBytes })) ?? undefined;
    },
    [Symbol.asyncDispose]: () => end(),
  };
}

/** The answer as Python prints it: base64 in quotes. */
function resultOf(text: string, folder: string): unknown {
  const json = parseJson(Buffer.from(text.slice(1, -1), 'base64').toString('utf8'));
  const { result, code, failure = 'it gave no answer' } = answerSchema.safeParse(json).data ?? {};
  if (result !== undefined) return result;
  throw code === undefined ? noAnswer(harmless(failure)) : targetErrorFromCode(code, folder);
}

function noAnswer(reason: string): StagingError {
  return new StagingError('JUPYTER_REFUSED', { action: 'run its Python kernel', reason });
}
