import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Router } from 'express';
import { createBatchesRouter } from '../../../functions/batches/app.ts';
import { createBrowseRouter } from '../../../functions/browse/app.ts';
import { createCreateFileRouter } from '../../../functions/createFile/app.ts';
import { createDownloadFileRouter } from '../../../functions/downloadFile/app.ts';
import { createLogsRouter } from '../../../functions/logs/app.ts';
import { createOperationsRouter } from '../../../functions/operations/app.ts';
import { createSiteRouter } from '../../../functions/site/app.ts';
import { createOpenApiDocument } from '../../../functions/site/openApiDocument.ts';
import { createStageDataRouter } from '../../../functions/stageData/app.ts';
import { createStageJupyterRouter } from '../../../functions/stageJupyter/app.ts';
import { createStageLocalRouter } from '../../../functions/stageLocal/app.ts';
import { createStageSymlinkRouter } from '../../../functions/stageSymlink/app.ts';
import { createUwsRouter } from '../../../functions/uws/app.ts';
import { parseConfig } from '../../../shared/config/config.ts';
import { streamedTransport } from '../../../shared/http/answers/transport.ts';
import { createStagingDependencies } from '../../../shared/service/stagingDependencies.ts';
import { describeWith } from '../../services/describeWith.ts';
import { generateClient, useClient, validate } from '../../services/openApi/openApiTools.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const routers = [
  createStageDataRouter,
  createStageLocalRouter,
  createStageSymlinkRouter,
  createStageJupyterRouter,
  createDownloadFileRouter,
  createBatchesRouter,
  createOperationsRouter,
  createUwsRouter,
  createLogsRouter,
  createCreateFileRouter,
  createBrowseRouter,
  createSiteRouter,
];

test('every route is described, with all of its methods, and nothing else', async () => {
  const directory = await makeDataDirectory();
  const dependencies = await createStagingDependencies(
    parseConfig({ DATA_DIR: directory, LOGGING_LEVEL: 'ERROR' }),
    {
      hasUserAreas: true,
    },
  );
  try {
    const served = routers.flatMap((create) => routesOf(create(dependencies, streamedTransport)));
    // The assets of /docs, and the second name of /uws/jobs, which is described in one sentence.
    const isApi = (route: string) => !/ \/docs\/| \/favicon| \/uws\/async\//.test(route);
    // The page consists of files; metrics are of the process, not of a function. HEAD is answered like GET.
    const others = ['get /', 'get /metrics'];
    const described = Object.entries(createOpenApiDocument().paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(new Set(described)).toEqual(new Set([...served.filter(isApi), ...others]));
  } finally {
    await dependencies.shutDown();
    await removeDataDirectory(directory);
  }
});

test('each operation has a unique name, the methods exist, and client errors are listed', () => {
  const document = createOpenApiDocument();
  const operations = Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods));
  const names = operations.map(({ operationId }) => operationId);
  expect([new Set(names).size, names.includes(undefined)]).toEqual([names.length, false]);
  expect(JSON.stringify(document)).toContain(
    '"enum":["local_copy","symlink_copy","direct_download","jupyter_copy"]',
  );
  expect(JSON.stringify(document)).not.toContain('\\p{');
  for (const { responses } of operations) expect(Object.keys(responses)).toContain('400');
});

describeWith('openapi-tools', 'third-party tools for OpenAPI documents', (tools) => {
  const started = serviceWithSources({});

  test('find the document valid, and generate a client without a warning, which stages', async () => {
    const { directory, service } = started();
    await copyFile('test/fixtures/fits/m31.fits', join(service.sourceStorage, 'm31.fits'));
    const document = join(directory, 'openapi.json');
    await writeFile(document, await (await fetch(`${service.url}/openapi.json`)).text());
    await validate(tools, document);
    const folder = join(directory, 'client');
    await generateClient(tools, document, folder);
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(JSON.parse(await readFile(document, 'utf8')).info.version).toBe(version);
    expect(await useClient(tools, folder, service.url)).toEqual({
      staged: ['Data staged for user ann with method local_copy', 'COMPLETED', 'staged'],
      refused: ['SOURCE_NOT_FOUND', 'permanent'],
      batch: ['Batch', 1],
      preview: ['FitsPreview', 'SIMPLE'],
      version,
    });
    const staged = await readFile(join(service.userAreas, 'ann', 'by', 'client.fits'));
    expect(staged.equals(await readFile(join(service.sourceStorage, 'm31.fits')))).toBe(true);
  }, 120_000);
});

/** The routes of a router and of those in it, as `method path`, with parameters as OpenAPI writes them. */
function routesOf(router: Router): string[] {
  return router.stack.flatMap(({ route, handle }) => {
    if (!route) return isRouter(handle) ? routesOf(handle) : [];
    const methods = new Set(route.stack.map(({ method }) => method).filter((method) => method !== undefined));
    const paths: unknown[] = [route.path].flat();
    return [...methods].flatMap((method) =>
      paths.map((path) => `${method} ${String(path).replaceAll(/[:*](\w+)/g, '{$1}')}`),
    );
  });
}

const isRouter = (handle: object): handle is Router => 'stack' in handle;
