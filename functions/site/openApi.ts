import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { overviewQuerySchema, overviewSchema } from '../../shared/http/contract/overview.ts';
import { allowedMethodsSchema, readinessSchema, siteConfigSchema } from '../../shared/http/contract/site.ts';

/** The routes of this function in the OpenAPI document. */
export const sitePaths: ZodOpenApiPathsObject = {
  '/config': {
    get: {
      tags: ['site'],
      summary: 'The configuration of this site',
      responses: { '200': json(siteConfigSchema, 'Settings') },
    },
  },
  '/config/allowed-methods': {
    get: {
      tags: ['site'],
      summary: 'The staging methods of this site',
      responses: { '200': json(allowedMethodsSchema, 'Methods') },
    },
  },
  '/overview': {
    get: {
      tags: ['site'],
      summary: 'Health and activity of the last hours',
      requestParams: { query: overviewQuerySchema },
      responses: { '200': json(overviewSchema, 'Numbers for pictures; some seconds old'), ...problems },
    },
  },
  '/healthz': {
    get: {
      tags: ['site'],
      summary: 'Whether the process is alive',
      responses: { '200': { description: 'It is' } },
    },
  },
  '/readyz': {
    get: {
      tags: ['site'],
      summary: 'Whether the database and the storages are usable',
      responses: {
        '200': json(readinessSchema, 'They can'),
        '503': json(readinessSchema, 'Something cannot'),
      },
    },
  },
  '/metrics': {
    get: {
      tags: ['site'],
      summary: 'Metrics of the answering process, for Prometheus; functions on AWS Lambda have none',
      responses: {
        '200': {
          description: 'The text format of Prometheus',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...problems,
      },
    },
  },
};
