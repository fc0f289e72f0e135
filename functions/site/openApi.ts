import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { overviewQuerySchema, overviewSchema } from '../../shared/http/contract/overview.ts';
import {
  allowedMethodsSchema,
  readinessSchema,
  siteConfigSchema,
  versionSchema,
} from '../../shared/http/contract/site.ts';

/** The routes of this function in the OpenAPI document. */
export const sitePaths: ZodOpenApiPathsObject = {
  '/config': {
    get: {
      operationId: 'getConfig',
      tags: ['site'],
      summary: 'The configuration of this site',
      responses: { '200': json(siteConfigSchema, 'Settings'), ...problems() },
    },
  },
  '/config/allowed-methods': {
    get: {
      operationId: 'getAllowedMethods',
      tags: ['site'],
      summary: 'The staging methods of this site',
      responses: { '200': json(allowedMethodsSchema, 'Methods'), ...problems() },
    },
  },
  '/version': {
    get: {
      operationId: 'getVersion',
      tags: ['site'],
      summary: 'Version and commit of the service',
      responses: { '200': json(versionSchema, 'Version'), ...problems() },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getOpenApiDocument',
      tags: ['site'],
      summary: 'This document',
      responses: { '200': json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1'), ...problems() },
    },
  },
  '/docs': {
    get: {
      operationId: 'getDocumentation',
      tags: ['site'],
      summary: 'This document as an interactive page',
      responses: {
        '200': { description: 'A page', content: { 'text/html': { schema: z.string() } } },
        ...problems(),
      },
    },
  },
  '/': {
    get: {
      operationId: 'getPage',
      tags: ['site'],
      summary: 'The web page',
      responses: {
        '200': { description: 'A page', content: { 'text/html': { schema: z.string() } } },
        ...problems(),
      },
    },
  },
  '/overview': {
    get: {
      operationId: 'getOverview',
      tags: ['site'],
      summary: 'Health and activity of the last hours',
      requestParams: { query: overviewQuerySchema },
      responses: {
        '200': json(overviewSchema, 'Statistics, which may be some seconds old'),
        ...problems(422),
      },
    },
  },
  '/healthz': {
    get: {
      operationId: 'getHealth',
      tags: ['site'],
      summary: 'Whether the process is alive',
      responses: { '200': { description: 'The process is alive' }, ...problems() },
    },
  },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      tags: ['site'],
      summary: 'Whether the database and the storages are usable',
      responses: {
        '200': json(readinessSchema, 'The service is ready'),
        '503': json(readinessSchema, 'The service is not ready'),
        ...problems(),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      tags: ['site'],
      summary: 'Prometheus metrics of the process that answers; functions on AWS Lambda have none',
      responses: {
        '200': {
          description: 'The Prometheus text format',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...problems(),
      },
    },
  },
};
