import { createDocument, type oas31, type ZodOpenApiPathsObject } from 'zod-openapi';
import { accessTo } from '../../shared/http/contract/access.ts';
import { accessProblems } from '../../shared/http/contract/openApi.ts';
import { build } from '../../shared/process/build.ts';
import { batchPaths } from '../batches/openApi.ts';
import { browsePaths } from '../browse/openApi.ts';
import { createFilePaths } from '../createFile/openApi.ts';
import { downloadPaths } from '../downloadFile/openApi.ts';
import { logPaths } from '../logs/openApi.ts';
import { operationPaths } from '../operations/openApi.ts';
import { stagingPaths } from '../stageData/openApi.ts';
import { uwsPaths } from '../uws/openApi.ts';
import { sessionPaths, sitePaths } from './openApi.ts';

/** The routes of all functions, by their tag. */
const routes: Readonly<Record<string, ZodOpenApiPathsObject>> = {
  staging: { ...stagingPaths, ...downloadPaths },
  batches: batchPaths,
  operations: operationPaths,
  uws: uwsPaths,
  files: { ...browsePaths, ...createFilePaths },
  site: { ...logPaths, ...sitePaths },
  identity: sessionPaths,
};

/** The OpenAPI 3.1 document of the API, generated from the schemas of its requests and answers. */
export function createOpenApiDocument(): ReturnType<typeof createDocument> {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'SKA Staging Service',
      version: build.version ?? 'unbuilt',
      description:
        'Stages telescope data for its users, verifies that it arrived complete, and keeps a permanent record.',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    // The path of this document, also behind a proxy that serves it beneath a path.
    servers: [{ url: '.', description: 'this service' }],
    paths: Object.fromEntries(Object.values(routes).flatMap(Object.entries)),
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
  for (const [tag, paths] of Object.entries(routes)) {
    for (const path of Object.keys(paths)) {
      for (const method of ['get', 'head', 'post', 'delete'] as const) {
        const operation = document.paths?.[path]?.[method];
        if (operation) describeAccess(Object.assign(operation, { tags: [tag] }), path);
      }
    }
  }
  return document;
}

/** The access to a route, and the answers for everybody else. */
function describeAccess(operation: oas31.OperationObject, path: string): void {
  operation.security = securityOf(path);
  if (operation.security.length === 0) return;
  for (const [status, name] of Object.entries(accessProblems)) {
    operation.responses = { [status]: { $ref: `#/components/responses/${name}` }, ...operation.responses };
  }
}

/** The authentication schemes, from the table of routes. */
function securityOf(path: string) {
  const access = accessTo(path.replaceAll(/\{\w+\}/g, 'x'));
  if (access === 'public') return [];
  const named = [{ token: [] }, { session: [] }];
  return access === 'optional' ? [{}, ...named] : named;
}
