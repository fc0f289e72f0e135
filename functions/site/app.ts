import { Router } from 'express';
import * as z from 'zod';
import { viewerFor } from '../../shared/http/callers.ts';
import { overviewQuerySchema } from '../../shared/http/contract/site.ts';
import { createHealthRouter } from '../../shared/http/health.ts';
import { addReadRoute } from '../../shared/http/validation.ts';
import { build } from '../../shared/process/build.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createOverview } from './overview.ts';
import { createDocsRouter, createPageRouter } from './page.ts';
import { createSessionRouter } from './session.ts';

/** Everything except staging: settings, health, the OpenAPI document, and the web page. */
export function createSiteRouter(
  dependencies: Pick<Dependencies, 'config' | 'operations' | 'identity' | 'logger'> &
    Partial<Pick<Dependencies, 'userAreas' | 'queue'>>,
): Router {
  const { config } = dependencies;
  const router = Router();
  const overview = createOverview(dependencies);
  const get = (path: string, answer: () => unknown) =>
    addReadRoute(router, path, z.object(), async (_query, _request, response) => {
      response.json(await answer());
    });

  get('/config', () => ({
    source_storage_path: config.sourceStoragePath,
    target_storage_path: config.targetStoragePath,
    source_buckets: [...config.s3.sourceBuckets],
    allowed_methods: config.allowedMethods,
    link_mode: config.linkMode,
    digests: config.digests,
    create_file_max_bytes: config.createFileMaxBytes,
    max_batch_items: config.limits.maxBatchItems,
    max_lifetime: config.maxLifetimeSeconds ?? null,
    notebook_path: config.notebookPath ?? null,
    user_area_url: config.userAreaUrl ?? null,
    has_rucio: config.rucio !== undefined,
    has_jupyterhub: config.jupyterHub.isNamed,
    ...build,
  }));
  get('/version', () => build);
  get('/config/allowed-methods', () => ({ allowed_methods: config.allowedMethods }));
  get('/openapi.json', async () => (await import('./openApiDocument.ts')).createOpenApiDocument());
  addReadRoute(router, '/overview', overviewQuerySchema, async ({ hours }, _request, response) => {
    response.json(await overview(hours, viewerFor(response)));
  });
  router.use(createSessionRouter(dependencies));
  router.use(createHealthRouter(dependencies), createDocsRouter(), createPageRouter());
  return router;
}
