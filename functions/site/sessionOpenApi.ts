import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import {
  loggedOutSchema,
  loginQuerySchema,
  loginSchema,
  sessionSchema,
} from '../../shared/http/contract/session.ts';

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
