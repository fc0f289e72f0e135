import { type Request, type Response, Router } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { createFileBodySchema, createFileQuerySchema } from '../../shared/http/contract/files.ts';
import { bodyChunks, readJsonBody } from '../../shared/http/readBody.ts';
import { onlyQuery, parsePart, parseQuery } from '../../shared/http/validation.ts';
import { displayName } from '../../shared/model/fileName.ts';
import { parseSourcePath, parseTargetPath } from '../../shared/model/paths.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createFile } from './createFile.ts';

/**
 * `POST /create-file`: creates a file beneath the source storage, from a text in JSON or from the bytes of the body.
 */
export function createCreateFileRouter({ config, logger }: Pick<Dependencies, 'config' | 'logger'>): Router {
  const limitBytes = config.createFileMaxBytes;
  const router = Router();
  router
    .route('/create-file')
    .post(onlyQuery(createFileQuerySchema), async (request, response) => {
      const { filename, content } = isBinary(request)
        ? { ...parseQuery(request, createFileQuerySchema), content: binaryBody(request, limitBytes) }
        : await readText(request, response, limitBytes);
      // New names must be as safe as those in user areas.
      parseTargetPath(filename);
      const path = parseSourcePath(filename, config.sourceStoragePath);
      const created = await createFile(config.sourceStoragePath, path, content);
      logger.info({ path: created.path, bytes: created.sizeBytes }, 'file created');
      response.json({
        status: 'success',
        message: `File '${filename}' created successfully in ${created.path}.`,
        path: displayName(path.names.join('/')),
        size_bytes: created.sizeBytes,
      });
    })
    .all(onlyMethods('POST'));
  return router;
}

async function readText(request: Request, response: Response, limitBytes: number) {
  // A byte of text may take six in JSON (\u0000), plus the names of the members.
  const value = await readJsonBody(request, response, limitBytes * 6 + 16_384);
  const { filename, content } = parsePart({ name: 'body', value, schema: createFileBodySchema });
  const bytes = Buffer.from(content, 'utf8');
  if (bytes.length > limitBytes) throw new StagingError('BODY_TOO_LARGE', { limitBytes });
  return { filename, content: bytes };
}

/**
 * Whether the body is the content itself, as bytes. Pages of other origins cannot send such a body without permission.
 */
function isBinary(request: Request): boolean {
  return /^application\/octet-stream\s*(;|$)/i.test(request.get('content-type') ?? '');
}

/**
 * The body as a stream. It fails if it has too many bytes, or is interrupted.
 * @throws BODY_TOO_LARGE, CLIENT_CLOSED, CONTENT_TYPE_UNSUPPORTED for an encoded one
 */
async function* binaryBody(request: Request, limitBytes: number): AsyncGenerator<Buffer, void, void> {
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
  for await (const chunk of bodyChunks(request)) {
    receivedBytes += chunk.length;
    if (receivedBytes > limitBytes) throw tooLarge();
    yield chunk;
  }
}
