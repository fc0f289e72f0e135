import type { Operation } from '../operations/operation.ts';
import { type CloserServices, type InterruptedCloser, targetOf } from '../staging/interruptedOperations.ts';
import type { InterruptedUpload } from './interruptedUpload.ts';

/**
 * Closes interrupted uploads. What they left in notebook servers is removed after that and in the background, as those
 * may be slow to answer or not answer at all.
 */
export function createUploadCloser({ config: { jupyterHub }, logger }: CloserServices): InterruptedCloser {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const remove = async (upload: InterruptedUpload) => {
    // Loaded when it is needed, as it nearly never is.
    const { removeInterruptedUpload } = await import('./interruptedUpload.ts');
    await removeInterruptedUpload(upload, { jupyterHub, logger }, stopping.signal);
  };
  return {
    methods: ['jupyter_copy'],
    async closeAndRemove(operation, close) {
      const upload = uploadOf(operation);
      if (!(await close()) || !upload) return;
      const removal = remove(upload).finally(() => running.delete(removal));
      running.add(removal);
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

/** What may be left of it in a notebook server; nothing is where it had not begun. */
function uploadOf(operation: Operation): InterruptedUpload | undefined {
  const place = targetOf(operation);
  return place && operation.startedAt !== null ? { operationId: operation.id, ...place } : undefined;
}
