import { parentPort, workerData } from 'node:worker_threads';
import { createDigests } from './digests.ts';
import type { DigestThreadData, DigestThreadMessage } from './parallelDigests.ts';

// A thread of `parallelDigests.ts`: digests the chunks that it is sent, and finally answers with the digest.
const { algorithm, parts, memory }: DigestThreadData = workerData;
const digests = await createDigests([algorithm], parts);

parentPort?.on('message', (chunk: DigestThreadMessage) => {
  if (chunk === 'end') {
    parentPort?.postMessage(digests.digest());
    return;
  }
  if (chunk === 'state') {
    parentPort?.postMessage(digests.state());
    return;
  }
  digests.update(Buffer.from(memory, chunk.offset, chunk.length));
  parentPort?.postMessage('digested');
});
