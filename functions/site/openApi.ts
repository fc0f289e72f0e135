import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { overviewQuerySchema, overviewSchema } from '../../shared/http/contract/overview.ts';
import {
  loggedOutSchema,
  loginQuerySchema,
  loginSchema,
  sessionSchema,
} from '../../shared/http/contract/session.ts';
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

const session = json(sessionSchema, 'The identity of the caller');
const seeOther = (description: string) => ({ '303': { description }, ...problems(401, 403) });

/** The routes of logging in and out in the OpenAPI document. */
export const sessionPaths: ZodOpenApiPathsObject = {
  '/session': {
    get: {
      operationId: 'getSession',
      tags: ['identity'],
      summary: 'The identity of the caller, and the ways to log in',
      responses: { '200': session, ...problems(401) },
    },
    post: {
      operationId: 'logIn',
      tags: ['identity'],
      summary: 'Log in with a token: the answer sets a cookie',
      requestBody: { required: true, content: { 'application/json': { schema: loginSchema } } },
      responses: { '200': session, ...problems(401, 403, 413, 415, 422) },
    },
    delete: {
      operationId: 'logOut',
      tags: ['identity'],
      summary: 'Log out: the session ends, and its cookie is removed',
      responses: { '200': json(loggedOutSchema, 'The session has ended'), ...problems(401, 403) },
    },
  },
  '/login': {
    get: {
      operationId: 'logInAtProvider',
      tags: ['identity'],
      summary: 'Log in at the OpenID provider, with a browser',
      requestParams: { query: loginQuerySchema },
      responses: seeOther('Redirect to the provider'),
    },
  },
  '/login/callback': {
    get: {
      operationId: 'comeBackFromProvider',
      tags: ['identity'],
      summary: 'The redirect URI for the OpenID provider',
      responses: seeOther('Redirect to the page, with a session cookie'),
    },
  },
};
