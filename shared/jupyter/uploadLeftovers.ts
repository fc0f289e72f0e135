import type { Operation } from '../model/operation.ts';
import { type CloserServices, type LeftoverRemover, targetOf } from '../staging/leftovers.ts';
import { partIdsUpTo } from '../storage/copy/partNames.ts';
import type { InterruptedUpload } from './removeUpload.ts';

/**
 * Closes interrupted uploads. Their leftovers in notebook servers are removed afterwards in the background, because
 * servers may be slow or not answer at all.
 */
export function createUploadLeftoverRemover(services: CloserServices): LeftoverRemover {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const remove = async (upload: InterruptedUpload) => {
    // Loaded on demand, because it is rarely needed.
    const { removeInterruptedUpload } = await import('./removeUpload.ts');
    await removeInterruptedUpload(upload, services, stopping.signal);
  };
  const removeInBackground = (upload: InterruptedUpload) => {
    const removal = remove(upload).finally(() => running.delete(removal));
    running.add(removal);
  };
  return {
    methods: ['jupyter_copy'],
    async closeAndRemove(operation, close) {
      const upload = uploadOf(operation, operation.attempts);
      if ((await close()) && upload && operation.attempts > 0) removeInBackground(upload);
    },
    async removeEarlier(operation) {
      const upload = uploadOf(operation, operation.attempts - 1);
      if (upload) removeInBackground(upload);
    },
    async whenIdle() {
      await Promise.allSettled(running);
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Its possible leftovers in a notebook server. */
function uploadOf(operation: Operation, attempts: number): InterruptedUpload | undefined {
  const place = targetOf(operation);
  return place && { operationId: operation.id, partIds: partIdsUpTo(operation.id, attempts), ...place };
}
