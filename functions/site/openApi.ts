import * as z from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { loggedOutSchema, sessionSchema } from '../../shared/http/contract/answers/session.ts';
import {
  allowedMethodsSchema,
  overviewSchema,
  readinessSchema,
  siteConfigSchema,
  versionSchema,
} from '../../shared/http/contract/answers/site.ts';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { loginQuerySchema, loginSchema } from '../../shared/http/contract/session.ts';
import { overviewQuerySchema } from '../../shared/http/contract/site.ts';

/** A route that reads something about the site. */
const get = (
  operationId: string,
  summary: string,
  answer: ZodOpenApiResponseObject,
  otherAnswers: ZodOpenApiResponsesObject = {},
): ZodOpenApiPathsObject[string] => ({
  get: {
    operationId,
    summary,
    responses: { '200': answer, ...otherAnswers, ...problems() },
  },
});
const text = (description: string, type: string) => ({
  description,
  content: { [type]: { schema: z.string() } },
});
const document = json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1');

/** The routes of this function in the OpenAPI document. */
export const sitePaths: ZodOpenApiPathsObject = {
  '/config': get('getConfig', 'The configuration of this site', json(siteConfigSchema, 'Settings')),
  '/config/allowed-methods': get(
    'getAllowedMethods',
    'The staging methods of this site',
    json(allowedMethodsSchema, 'Methods'),
  ),
  '/version': get('getVersion', 'Version and commit of the service', json(versionSchema, 'Version')),
  '/openapi.json': get('getOpenApiDocument', 'This document', document),
  '/docs': get('getDocumentation', 'This document as an interactive page', text('A page', 'text/html')),
  '/': get('getPage', 'The web page', text('A page', 'text/html')),
  '/overview': {
    get: {
      operationId: 'getOverview',
      summary: 'Health and activity of the last hours',
      requestParams: { query: overviewQuerySchema },
      responses: {
        '200': json(overviewSchema, 'Statistics, which may be some seconds old'),
        ...problems(422),
      },
    },
  },
  '/healthz': get('getHealth', 'Whether the process is alive', { description: 'The process is alive' }),
  '/readyz': get(
    'getReadiness',
    'Whether the database and the storages are usable',
    json(readinessSchema, 'The service is ready'),
    { '503': json(readinessSchema, 'The service is not ready') },
  ),
  '/metrics': get(
    'getMetrics',
    'Prometheus metrics of the process that answers; functions on AWS Lambda have none',
    text('The Prometheus text format', 'text/plain'),
  ),
};

const session = json(sessionSchema, 'The identity of the caller');
const seeOther = (description: string) => ({ '303': { description }, ...problems(401, 403) });

/** The routes of logging in and out in the OpenAPI document. */
export const sessionPaths: ZodOpenApiPathsObject = {
  '/session': {
    get: {
      operationId: 'getSession',
      summary: 'The identity of the caller, and the ways to log in',
      responses: { '200': session, ...problems(401) },
    },
    post: {
      operationId: 'logIn',
      summary: 'Log in with a token: the answer sets a cookie',
      requestBody: { required: true, content: { 'application/json': { schema: loginSchema } } },
      responses: { '200': session, ...problems(401, 403, 413, 415, 422) },
    },
    delete: {
      operationId: 'logOut',
      summary: 'Log out: the session ends, and its cookie is removed',
      responses: { '200': json(loggedOutSchema, 'The session has ended'), ...problems(401, 403) },
    },
  },
  '/login': {
    get: {
      operationId: 'logInAtProvider',
      summary: 'Log in at the OpenID provider, with a browser',
      requestParams: { query: loginQuerySchema },
      responses: seeOther('Redirect to the provider'),
    },
  },
  '/login/callback': {
    get: {
      operationId: 'comeBackFromProvider',
      summary: 'The redirect URI for the OpenID provider',
      responses: seeOther('Redirect to the page, with a session cookie'),
    },
  },
};
