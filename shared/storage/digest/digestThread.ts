import { parentPort } from 'node:worker_threads';
import { type ChecksumAlgorithm, createDigests, type DigestComputation } from './digests.ts';
import type { DigestAnswer, DigestRequest } from './digestThreads.ts';

// The program of a thread of `digestThreads.ts`: it answers each request, in the order of a digest's requests.
const begun = new Map<number, Promise<DigestComputation<ChecksumAlgorithm>>>();

parentPort?.on('message', async (request: DigestRequest) => {
  const digests = begun.get(request.digest) ?? createDigests([request.algorithm], request.parts);
  begun.set(request.digest, digests);
  const answer = answerTo(request, await digests);
  parentPort?.postMessage({ number: request.number, answer } satisfies DigestAnswer);
});

function answerTo(
  { digest, task }: DigestRequest,
  digests: DigestComputation<ChecksumAlgorithm>,
): DigestAnswer['answer'] {
  if (task === 'state') return digests.state();
  if (task === 'end') {
    begun.delete(digest);
    return digests.digest();
  }
  digests.update(task);
  return '';
}
