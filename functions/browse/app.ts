import { type Request, type Response, Router } from 'express';
import type * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { answerSignal } from '../../shared/http/answers/transport.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf } from '../../shared/http/callers.ts';
import {
  browseQuerySchema,
  checkPathsBodySchema,
  folderSizeQuerySchema,
  searchQuerySchema,
} from '../../shared/http/contract/files.ts';
import {
  pictureQuerySchema,
  previewQuerySchema,
  tableRowsQuerySchema,
} from '../../shared/http/contract/previews.ts';
import { readJsonBody } from '../../shared/http/readBody.ts';
import { rucioTokenOf } from '../../shared/http/staging/stagingHeaders.ts';
import {
  addReadRoute,
  invalidRequest,
  onlyQuery,
  pageLength,
  parsePart,
} from '../../shared/http/validation.ts';
import { checkSource, closedSources, type SourceUse } from '../../shared/model/caller.ts';
import { isDid, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import { openCatalogue } from '../../shared/rucio/openCatalogue.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/parseRequest.ts';
import { createObjectBrowser } from '../../shared/storage/objects/objectBrowser.ts';
import { previewDataset } from './directoryFormat.ts';
import { createPictureDrawer } from './fits/pictures.ts';
import { readTable } from './fits/readTable.ts';
import { expandPattern, measureBeneath, searchBeneath } from './listing/beneathFolder.ts';
import { checkPaths } from './listing/checkPaths.ts';
import { listDirectory } from './listing/listDirectory.ts';
import { bucketsPath, listBuckets, listDids, listObjects } from './listing/listRemote.ts';
import { openForPreview, type PreviewedFile } from './openForPreview.ts';
import { previewFile } from './previewFile.ts';
import { createPreviewThreads } from './threads/previewThreads.ts';

/** How long an object store may take, in ms: less than gateways wait for an answer. */
const timeoutMs = 20_000;
/** The maximum size of a list of paths to check, in bytes. */
const maxPathsBytes = 1024 * 1024;

type BrowseDependencies = Pick<Dependencies, 'config' | 'sourceStorage' | 'atShutDown'>;

/** The common dependencies of these routes: the sources, and the parser of a request's path. */
function openSources({ config, sourceStorage, atShutDown }: BrowseDependencies) {
  const objects = createObjectBrowser(config.s3);
  const catalogue = openCatalogue({ config, sourceStorage, objectStorage: objects });
  const threads = createPreviewThreads();
  atShutDown(threads.close);
  const { projects } = config.identity;
  return {
    config,
    sourceStorage,
    objects,
    catalogue,
    threads,
    /** A path that the caller may use in this way. @throws PATH_INVALID, SOURCE_FORBIDDEN, … */
    parse(request: Request, response: Response, sourcePath: string, use: SourceUse = 'read'): SourcePath {
      const given = sourcePath === '' ? '.' : sourcePath;
      const rucioToken = rucioTokenOf(request, config);
      const path = parseRequestedSource({ sourcePath: given, rucioToken }, config);
      checkSource(callerOf(response), path, use, projects);
      return path;
    },
    closed: (response: Response) => closedSources(callerOf(response), projects),
  };
}

type Sources = ReturnType<typeof openSources>;

/**
 * `GET /browse`: the available data, one page of a directory at a time; `GET /search` and `GET /browse/size` search and
 * measure a directory, `POST /browse/check` checks a list of paths. `GET /preview`: the contents of a file, with
 * pictures and tables of FITS.
 */
export function createBrowseRouter(dependencies: BrowseDependencies): Router {
  const sources = openSources(dependencies);
  const router = Router();
  addListing(router, sources);
  addFolders(router, sources);
  addPreviews(router, sources);
  return router;
}

function addListing(router: Router, { config, sourceStorage, objects, catalogue, parse }: Sources): void {
  const list = async (path: SourcePath, page: BrowseQuery, response: Response) => {
    if (isS3Location(path)) return listObjects(objects, path, page, withinAnswerTime(response));
    if (!isDid(path)) return listDirectory(sourceStorage, path, page);
    if (!catalogue) throw new Error('Data identifiers are parsed only where there is a catalogue');
    return listDids(catalogue, path, page, withinAnswerTime(response));
  };
  addReadRoute(router, '/browse', browseQuerySchema, async (asked, request, response) => {
    const query = { ...asked, limit: pageLength(asked.limit, config) };
    if (query.path === bucketsPath) response.json(listBuckets(config));
    else response.json(await list(parse(request, response, query.path), query, response));
  });
}

type BrowseQuery = z.output<typeof browseQuerySchema>;

function addFolders(
  router: Router,
  { config, sourceStorage: storage, objects, threads, parse, closed }: Sources,
): void {
  const mounted = (request: Request, response: Response, given: string) => {
    const path = parse(request, response, given);
    if (!isDid(path) && !isS3Location(path)) return path;
    const message = 'must be on mounted storage: object stores and Rucio are not searched';
    throw invalidRequest([{ path: 'query.path', message }]);
  };
  const meansOf = (response: Response, signal = withinAnswerTime(response)) => ({
    ...{ storage, threads, closed: closed(response), signal },
  });
  addReadRoute(router, '/browse/size', folderSizeQuerySchema, async ({ path }, request, response) => {
    response.json(await measureBeneath(mounted(request, response, path), meansOf(response)));
  });
  addReadRoute(router, '/search', searchQuerySchema, async (query, request, response) => {
    const path = mounted(request, response, query.path);
    const page = { ...query, limit: pageLength(query.limit, config) };
    response.json(await searchBeneath(path, page, meansOf(response)));
  });
  router
    .route('/browse/check')
    .post(onlyQuery(), async (request, response) => {
      const value = await readJsonBody(request, response, maxPathsBytes);
      const { paths } = parsePart({ name: 'body', value, schema: checkPathsBodySchema });
      const signal = withinAnswerTime(response);
      const means = {
        ...{ storage, objects, signal },
        parse: (path: string) => parse(request, response, path, 'stage'),
        expand: (pattern: string) =>
          expandPattern(pattern, (path) => mounted(request, response, path), meansOf(response, signal)),
      };
      response.json({ paths: await checkPaths(paths, means) });
    })
    .all(onlyMethods('POST'));
}

function addPreviews(router: Router, { sourceStorage, objects, catalogue, threads, parse }: Sources): void {
  const drawPicture = createPictureDrawer(threads);
  async function lookInto<Found>(
    request: Request,
    response: Response,
    path: string,
    look: (file: PreviewedFile, signal: AbortSignal) => Promise<Found>,
  ): Promise<Found> {
    const signal = withinAnswerTime(response);
    const storages = { sourceStorage, objects, catalogue };
    await using file = await openForPreview(parse(request, response, path), storages, signal);
    return await look(file, signal);
  }
  addReadRoute(router, '/preview', previewQuerySchema, async ({ path }, request, response) => {
    const dataset = await previewDataset(sourceStorage, parse(request, response, path));
    response.json(dataset ?? (await lookInto(request, response, path, previewFile)));
  });
  addReadRoute(router, '/preview/picture', pictureQuerySchema, async (query, request, response) => {
    const { png, limits } = await lookInto(request, response, query.path, (file, signal) =>
      drawPicture(file, query, signal),
    );
    response.set('Picture-Limits', `${limits.low} ${limits.high}`).type('png').send(png);
  });
  addReadRoute(router, '/preview/table', tableRowsQuerySchema, async (query, request, response) => {
    response.json(
      await lookInto(request, response, query.path, (file, signal) => readTable(file, query, signal)),
    );
  });
}

function withinAnswerTime(response: Response): AbortSignal {
  const reason = `there was no answer in ${timeoutMs / 1000} seconds`;
  return answerSignal(response, {
    timeoutMs,
    error: new StagingError('OBJECT_STORE_UNREACHABLE', { reason }),
  });
}
