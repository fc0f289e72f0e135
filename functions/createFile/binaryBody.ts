import type { Request } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';

/**
 * Whether the body is the content itself, as bytes. Pages of other origins cannot send such a body without permission.
 */
export function isBinary(request: Request): boolean {
  return /^application\/octet-stream\s*(;|$)/i.test(request.get('content-type') ?? '');
}

/**
 * The body as a stream. It fails if it has too many bytes, or is interrupted.
 * @throws BODY_TOO_LARGE, CLIENT_CLOSED, CONTENT_TYPE_UNSUPPORTED for an encoded one
 */
export async function* binaryBody(request: Request, limitBytes: number): AsyncGenerator<Buffer, void, void> {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new StagingError('CONTENT_TYPE_UNSUPPORTED', {
      expected: 'bytes as they are',
      contentType: `encoded as ${encoding.slice(0, 50)}`,
    });
  }
  const tooLarge = () => new StagingError('BODY_TOO_LARGE', { limitBytes });
  if (Number(request.get('content-length')) > limitBytes) throw tooLarge();
  let receivedBytes = 0;
  try {
    // The connection stays open for the answer; Node.js discards the rest of the body.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) throw new StagingError('INTERNAL');
      receivedBytes += chunk.length;
      if (receivedBytes > limitBytes) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof StagingError ? error : new StagingError('CLIENT_CLOSED', {}, { cause: error });
  }
}
