import { createDocument } from 'zod-openapi';
import { accessTo } from '../../shared/http/contract/access.ts';
import { build } from '../../shared/process/build.ts';
import { batchPaths } from '../batches/openApi.ts';
import { browsePaths } from '../browse/openApi.ts';
import { createFilePaths } from '../createFile/openApi.ts';
import { downloadPaths } from '../downloadFile/openApi.ts';
import { logPaths } from '../logs/openApi.ts';
import { operationPaths } from '../operations/openApi.ts';
import { stageDataPaths } from '../stageData/openApi.ts';
import { stageJupyterPaths } from '../stageJupyter/openApi.ts';
import { stageLocalPaths } from '../stageLocal/openApi.ts';
import { stageSymlinkPaths } from '../stageSymlink/openApi.ts';
import { uwsPaths } from '../uws/openApi.ts';
import { sitePaths } from './openApi.ts';
import { sessionPaths } from './sessionOpenApi.ts';

/** The OpenAPI 3.1 document of the API, generated from the schemas of its requests and answers. */
export function createOpenApiDocument(): ReturnType<typeof createDocument> {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'SKA Staging Service',
      version: build.version ?? 'unbuilt',
      description:
        'Stages telescope data for its users, proves that it arrived whole, and keeps a record for ever.',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    // The path of this document, also behind a proxy that serves it beneath a path.
    servers: [{ url: '.', description: 'this service' }],
    paths: {
      ...stageDataPaths,
      ...stageLocalPaths,
      ...stageSymlinkPaths,
      ...stageJupyterPaths,
      ...downloadPaths,
      ...batchPaths,
      ...operationPaths,
      ...uwsPaths,
      ...browsePaths,
      ...createFilePaths,
      ...logPaths,
      ...sitePaths,
      ...sessionPaths,
    },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'an access token, or a token of the service' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-staging',
          description: 'of a login on the page',
        },
      },
    },
  });
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of ['get', 'post', 'delete'] as const) {
      const operation = item[method];
      if (operation) operation.security = securityOf(path);
    }
  }
  return document;
}

/** How callers say who they are, as the table of routes has it. */
function securityOf(path: string) {
  const access = accessTo(path.replaceAll(/\{\w+\}/g, 'x'));
  if (access === 'public') return [];
  const named = [{ token: [] }, { session: [] }];
  return access === 'optional' ? [{}, ...named] : named;
}
