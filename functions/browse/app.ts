import { type Request, type Response, Router } from 'express';
import type * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { answerSignal } from '../../shared/http/answerSignal.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf } from '../../shared/http/caller.ts';
import {
  browseQuerySchema,
  pictureQuerySchema,
  previewQuerySchema,
  tableRowsQuerySchema,
} from '../../shared/http/contract/files.ts';
import { onlyQuery } from '../../shared/http/knownQuery.ts';
import { rucioTokenOf } from '../../shared/http/staging/rucioToken.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { checkSource } from '../../shared/model/caller.ts';
import { type DidLocation, isDid, isS3Location } from '../../shared/model/sourcePath.ts';
import { openCatalogue } from '../../shared/rucio/openCatalogue.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/requestedSource.ts';
import { createObjectBrowser } from '../../shared/storage/objects/openObjectBrowser.ts';
import { createPictures } from './fits/pictures.ts';
import { readTable } from './fits/readTable.ts';
import { listDirectory } from './listDirectory.ts';
import { bucketsPath, listBuckets, listObjects } from './listObjects.ts';
import { openForPreview, type PreviewedFile } from './openForPreview.ts';
import { previewFile } from './previewFile.ts';

/** How long an object store may take, in ms: less than gateways wait for an answer. */
const timeoutMs = 20_000;

type BrowseQuery = z.output<typeof browseQuerySchema>;

/**
 * `GET /browse`: what can be staged, one page of a directory at a time. `GET /preview`: the contents of a file, with
 * pictures and tables of FITS.
 */
export function createBrowseRouter({
  config,
  sourceStorage,
  atShutDown,
}: Pick<Dependencies, 'config' | 'sourceStorage' | 'atShutDown'>): Router {
  const pictures = createPictures();
  atShutDown(pictures.close);
  const objects = createObjectBrowser(config.s3);
  const catalogue = openCatalogue({ config, sourceStorage, objectStorage: objects });
  const parseFor = (request: Request, sourcePath: string) =>
    parseRequestedSource({ sourcePath, rucioToken: rucioTokenOf(request, config) }, config);
  /** Loaded on demand, because most sites have no catalogue. */
  const browseDids = async (did: DidLocation, page: BrowseQuery, signal: AbortSignal) => {
    if (!catalogue) throw new Error('Data identifiers are parsed only where there is a catalogue');
    return (await import('./listDids.ts')).listDids(catalogue, did, page, signal);
  };
  async function lookInto<Found>(
    request: Request,
    response: Response,
    query: { readonly path: string },
    look: (file: PreviewedFile, signal: AbortSignal) => Promise<Found>,
  ): Promise<Found> {
    const signal = withinAnswerTime(response);
    const path = parseFor(request, query.path);
    checkSource(callerOf(response), path, 'read', config.identity.projects);
    await using file = await openForPreview(path, { sourceStorage, objects, catalogue }, signal);
    return await look(file, signal);
  }
  const router = Router();
  router
    .route('/browse')
    .get(onlyQuery(browseQuerySchema), async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: browseQuerySchema });
      if (query.path === bucketsPath) {
        response.json(listBuckets(config));
        return;
      }
      const path = parseFor(request, query.path === '' ? '.' : query.path);
      checkSource(callerOf(response), path, 'read', config.identity.projects);
      if (isDid(path)) {
        response.json(await browseDids(path, query, withinAnswerTime(response)));
        return;
      }
      response.json(
        isS3Location(path)
          ? await listObjects(objects, path, query, withinAnswerTime(response))
          : await listDirectory(sourceStorage, path, query),
      );
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/preview')
    .get(onlyQuery(previewQuerySchema), async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: previewQuerySchema });
      const preview = await lookInto(request, response, query, previewFile);
      response.json(preview);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/preview/picture')
    .get(onlyQuery(pictureQuerySchema), async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: pictureQuerySchema });
      const { png, limits } = await lookInto(request, response, query, (file, signal) =>
        pictures.draw(file, query, signal),
      );
      response.set('Picture-Limits', `${limits.low} ${limits.high}`).type('png').send(png);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/preview/table')
    .get(onlyQuery(tableRowsQuerySchema), async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: tableRowsQuerySchema });
      const rows = await lookInto(request, response, query, (file, signal) => readTable(file, query, signal));
      response.json(rows);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

function withinAnswerTime(response: Response): AbortSignal {
  const reason = `there was no answer in ${timeoutMs / 1000} seconds`;
  return answerSignal(response, {
    timeoutMs,
    error: new StagingError('OBJECT_STORE_UNREACHABLE', { reason }),
  });
}
