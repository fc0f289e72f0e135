import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import pLimit from 'p-limit';
import { answerSignal, type Transport } from '../../shared/http/answers/transport.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf } from '../../shared/http/callers.ts';
import { downloadQuerySchema } from '../../shared/http/contract/staging.ts';
import { recordAndStage, recordCall, runRecordedCall } from '../../shared/http/staging/recordedCall.ts';
import { checkAllowed, type StagingCall } from '../../shared/http/staging/stagingCall.ts';
import { rucioTokenOf } from '../../shared/http/staging/stagingHeaders.ts';
import { onlyQuery, parsePart } from '../../shared/http/validation.ts';
import { checkSource, userFor } from '../../shared/model/caller.ts';
import { usernameSchema } from '../../shared/model/paths.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/parseRequest.ts';
import type { Source } from '../../shared/storage/source.ts';
import { isRangeAnswer } from './delivery/sendfile.ts';
import { createDirectDownload, openRequested } from './directDownload.ts';
import { isSentByStore, nameOf } from './downloadedFile.ts';
import { createDownloadLinksRouter } from './downloadLinks.ts';
import { type DownloadServices, downloadServices } from './downloadServices.ts';
import { answerFileHead, answerTreeHead } from './head/downloadHead.ts';
import { answerRange, type RequestedDownload, rangeKey } from './ranges/answerRange.ts';
import type { RangeReads } from './ranges/rangeReads.ts';

/** Hundreds of downloads that begin at once are started in several turns of the event loop, for other requests. */
const startsInTurn = pLimit(8);

const anonymous = usernameSchema.parse('anonymous');

/**
 * `GET|HEAD /download/{path}`: the file or, as a tar stream, the directory at a path of the source storage, or a
 * redirect to an object in an object store (`/download/s3://bucket/key`).
 */
export function createDownloadFileRouter(dependencies: Dependencies, transport: Transport): Router {
  const services = downloadServices(dependencies, transport);
  const router = Router();
  router.use(createDownloadLinksRouter(services));
  router
    .route('/download/*path')
    .head(onlyQuery(downloadQuerySchema), describe(services))
    .get(onlyQuery(downloadQuerySchema), download(services))
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

function download(services: Dependencies & DownloadServices): RequestHandler<{ path: string[] }> {
  return async (request, response) => {
    await startsInTurn(() => nextTurn());
    const call = readCall(request, response, pathOf(request.params.path));
    const requested = { request, response, call };
    const { rangeReads } = services;
    const key = rangeReads && rangeKey(request, response, call);
    if (!rangeReads || key === undefined) {
      await recordAndStage(services, response, call, () => createDirectDownload(services, request, response));
      return;
    }
    const read = rangeReads.find(key);
    const openAllowed = (signal: AbortSignal) => openToRead(services, requested, signal);
    if (read && (await answerRange(services, read, { ...requested, openAllowed }))) return;
    await beginReading(services, rangeReads, key, requested);
  };
}

/** Answers a range request as a download, which later requests continue. */
async function beginReading(
  services: Dependencies & DownloadServices,
  rangeReads: RangeReads,
  key: string,
  { request, response, call }: RequestedDownload,
): Promise<void> {
  const method = createDirectDownload(services, request, response);
  const { executor } = services;
  const recording = recordCall(services, response, call, { methodFor: () => method, takesSlot: true });
  const read = rangeReads.begin(
    key,
    recording.then(({ operation }) => operation.id),
  );
  try {
    await runRecordedCall(executor, method, await recording);
  } finally {
    await rangeReads.firstEnded(key, read, isRangeAnswer(response));
  }
}

/** Opens the requested source, if its caller may read it. */
async function openToRead(
  services: Dependencies & DownloadServices,
  { request, response, call }: RequestedDownload,
  signal: AbortSignal,
): Promise<Source> {
  const order = call.parse();
  checkAllowed(order, services.config);
  const sourcePath = order.item.local_path_on_storage;
  const rucioToken = rucioTokenOf(request, services.config);
  const path = parseRequestedSource({ sourcePath, rucioToken }, services.config);
  checkSource(callerOf(response), path, 'read', services.config.identity.projects);
  return openRequested(path, services, request, signal);
}

/** HEAD returns the headers of GET, stages nothing and leaves no record. */
function describe(services: Dependencies & DownloadServices): RequestHandler<{ path: string[] }> {
  return async (request, response) => {
    const call = readCall(request, response, pathOf(request.params.path));
    const signal = answerSignal(response);
    await using source = await openToRead(services, { request, response, call }, signal);
    if (isSentByStore(source, services.config)) {
      const { answerRedirectHead } = await import('./delivery/redirect.ts');
      await answerRedirectHead(source, { services, request, response });
    } else if (source.kind === 'file') {
      const username = call.username ?? anonymous;
      await answerFileHead(services, { request, response, username, signal }, source);
    } else answerTreeHead(response, nameOf(source));
    response.end();
  };
}

/** Proxies such as nginx merge slashes, including those after `s3:`. */
function pathOf(names: readonly string[]): string {
  return names.join('/').replace(/^s3:\/(?!\/)/, 's3://');
}

function readCall(request: Pick<Request, 'query'>, response: Response, path: string): StagingCall {
  const { username } = request.query;
  const caller = callerOf(response);
  // A caller without a user area still gets a row in the record.
  const unnamed = caller.username ?? anonymous;
  return {
    methodGiven: 'direct_download',
    username: typeof username === 'string' ? username : username === undefined ? unnamed : null,
    localPathOnStorage: path,
    relativePath: null,
    expectedDigests: {},
    parse() {
      const query = parsePart({ name: 'query', value: request.query, schema: downloadQuerySchema });
      return {
        methodGiven: 'direct_download',
        method: 'direct_download',
        username: userFor(caller, query.username) ?? anonymous,
        jupyterToken: undefined,
        item: { local_path_on_storage: path, relative_path: path },
      };
    },
  };
}
