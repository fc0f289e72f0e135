import { type Request, type Response, Router } from 'express';
import type * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { answerSignal } from '../../shared/http/answerSignal.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf } from '../../shared/http/caller.ts';
import { browseQuerySchema, previewQuerySchema } from '../../shared/http/contract/files.ts';
import { onlyQuery } from '../../shared/http/knownQuery.ts';
import { rucioTokenOf } from '../../shared/http/staging/rucioToken.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { checkSource } from '../../shared/model/caller.ts';
import { type DidLocation, isDid, isS3Location } from '../../shared/model/sourcePath.ts';
import { openCatalogue } from '../../shared/rucio/openCatalogue.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/requestedSource.ts';
import { createObjectBrowser } from '../../shared/storage/objects/openObjectBrowser.ts';
import { listDirectory } from './listDirectory.ts';
import { bucketsPath, listBuckets, listObjects } from './listObjects.ts';
import { openForPreview } from './openForPreview.ts';
import { previewFile } from './previewFile.ts';

/** How long an object store may take, in ms: less than gateways wait for an answer. */
const timeoutMs = 20_000;

type BrowseQuery = z.output<typeof browseQuerySchema>;

/** `GET /browse`: what can be staged, one page of a directory at a time. `GET /preview`: the contents of a file. */
export function createBrowseRouter({
  config,
  sourceStorage,
}: Pick<Dependencies, 'config' | 'sourceStorage'>): Router {
  const objects = createObjectBrowser(config.s3);
  const catalogue = openCatalogue({ config, sourceStorage, objectStorage: objects });
  const parseFor = (request: Request, sourcePath: string) =>
    parseRequestedSource({ sourcePath, rucioToken: rucioTokenOf(request, config) }, config);
  /** Loaded on demand, because most sites have no catalogue. */
  const browseDids = async (did: DidLocation, page: BrowseQuery, signal: AbortSignal) => {
    if (!catalogue) throw new Error('Data identifiers are parsed only where there is a catalogue');
    return (await import('./listDids.ts')).listDids(catalogue, did, page, signal);
  };
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
      const signal = withinAnswerTime(response);
      const path = parseFor(request, query.path);
      checkSource(callerOf(response), path, 'read', config.identity.projects);
      await using file = await openForPreview(path, { sourceStorage, objects, catalogue }, signal);
      response.json(await previewFile(file, signal));
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
