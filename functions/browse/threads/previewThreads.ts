import type { Piscina } from 'piscina';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { builtFile } from '../../../shared/process/build.ts';
import type * as tasks from './previewTasks.ts';

type Tasks = typeof tasks;

/**
 * Threads for previews of files and folders. Copies have separate ones, because a preview must not wait for a copy of
 * an hour.
 */
export interface PreviewThreads {
  /**
   * Runs one task. The thread of an aborted task is terminated.
   * @throws PREVIEWS_BUSY if too many wait, and the signal's reason
   */
  run<Name extends keyof Tasks>(
    name: Name,
    task: Parameters<Tasks[Name]>[0],
    signal: AbortSignal,
  ): Promise<ReturnType<Tasks[Name]>>;
  close(): Promise<void>;
}

const options = { minThreads: 0, maxThreads: 2, maxQueue: 32, idleTimeout: 60_000 };

/** Creates them; they start on demand. */
export function createPreviewThreads(): PreviewThreads {
  let pool: Promise<Piscina> | undefined;
  return {
    async run(name, task, signal) {
      pool ??= createPool();
      const threads = await pool;
      if (threads.queueSize >= options.maxQueue) throw new StagingError('PREVIEWS_BUSY');
      try {
        return await threads.run(task, { name, signal });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    close: async () => (await pool)?.destroy(),
  };
}

async function createPool(): Promise<Piscina> {
  // Loaded on demand, as by the storage threads.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: builtFile('previewTasks').href,
    // Descriptors of files belong to the main thread.
    trackUnmanagedFds: false,
    ...options,
  });
}
