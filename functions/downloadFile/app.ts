import { type Request, type RequestHandler, Router } from 'express';
import type { Dependencies } from '../../shared/dependencies.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { downloadQuerySchema } from '../../shared/http/contract/download.ts';
import { checkAllowed, recordAndStage, type StagingCall } from '../../shared/http/stagingCall.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { parseSourcePath } from '../../shared/storage/paths.ts';
import { createDirectDownload } from './directDownload.ts';
import { answerFileHead, answerTreeHead } from './downloadHead.ts';

/** `GET|HEAD /download/{path}`: the file or, as a tar stream, the directory at a path of the source storage. */
export function createDownloadFileRouter(dependencies: Dependencies): Router {
  const router = Router();
  router
    .route('/download/*path')
    .head(describe(dependencies))
    .get(download(dependencies))
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

function download(dependencies: Dependencies): RequestHandler<{ path: string[] }> {
  return async (request, response) => {
    const path = request.params.path.join('/');
    await recordAndStage(dependencies, response, readCall(request, path), () =>
      createDirectDownload(dependencies, request, response),
    );
  };
}

/** HEAD tells what GET would, and stages nothing: it leaves no record. */
function describe(dependencies: Dependencies): RequestHandler<{ path: string[] }> {
  const { config, sourceStorage } = dependencies;
  return async (request, response) => {
    const order = readCall(request, request.params.path.join('/')).parse();
    checkAllowed(order, config);
    await using source = await sourceStorage.open(
      parseSourcePath(order.item.local_path_on_storage, config.sourceStoragePath),
    );
    if (source.kind === 'file') await answerFileHead(dependencies, request, response, source);
    else answerTreeHead(response, source);
    response.end();
  };
}

function readCall(request: Pick<Request, 'query'>, path: string): StagingCall {
  const { username } = request.query;
  return {
    methodGiven: 'direct_download',
    username: typeof username === 'string' ? username : username === undefined ? 'anonymous' : null,
    localPathOnStorage: path,
    relativePath: null,
    parse: () => ({
      methodGiven: 'direct_download',
      method: 'direct_download',
      query: parsePart({ name: 'query', value: request.query, schema: downloadQuerySchema }),
      item: { local_path_on_storage: path, relative_path: path },
    }),
  };
}
