import type { ErrorDefinition } from './errorDefinition.ts';

/** Who sends a request, and to which address: logins, roles, routes. */
export const accessErrors = {
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not authenticated',
    class: 'auth',
    detail: 'This service requires authentication, and the request has no credentials.',
    remedy: 'Log in on the page, or send the header Authorization: Bearer with your token.',
  },
  TOKEN_INVALID: {
    status: 401,
    title: 'Token is not accepted',
    class: 'auth',
    detail: 'The token of the request is not accepted: {reason}.',
    remedy: 'Get a new token, or log in again.',
  },
  LOGIN_FAILED: {
    status: 403,
    title: 'Login failed',
    class: 'auth',
    detail: 'The login did not succeed: {reason}.',
    remedy: 'Open the page of the service, and log in again.',
  },
  ACCOUNT_REFUSED: {
    status: 403,
    title: 'Account may not use the service',
    class: 'auth',
    detail: 'The account {account} may not use this service: {reason}.',
    remedy: 'Ask the administrator of the service about your account.',
  },
  ROLE_REQUIRED: {
    status: 403,
    title: 'Not allowed for this role',
    class: 'auth',
    detail: '{method} {path} requires the role {roles}.',
    remedy: 'Ask the administrator of the service if you need it.',
  },
  USERNAME_FORBIDDEN: {
    status: 403,
    title: 'Not allowed for this user',
    class: 'auth',
    detail: 'The caller may not act for the user {username}.',
    remedy: 'Leave username out, or name yourself or a project of yours.',
  },
  SOURCE_FORBIDDEN: {
    status: 403,
    title: 'Source is not open to you',
    class: 'auth',
    detail: 'You may not use {path}: {reason}.',
    remedy: 'Ask for a token that includes it, or the owner of the data to let you use it.',
  },
  IDENTITY_PROVIDER_UNREACHABLE: {
    status: 503,
    title: 'Identity provider cannot be reached',
    class: 'transient',
    detail: 'The token cannot be checked, because {issuer} does not answer: {reason}.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Not found',
    class: 'permanent',
    detail: 'There is nothing at {path}.',
    remedy: 'GET /docs lists all endpoints.',
  },
  HOST_UNKNOWN: {
    status: 421,
    title: 'Host is not an address of the service',
    class: 'permanent',
    detail: 'The request is for the host {host}, which is not an address of this service.',
    remedy:
      'Use the address of the service; if this is one, ask the administrator to add it to the setting PUBLIC_URLS.',
  },
  ORIGIN_REFUSED: {
    status: 403,
    title: 'Request from a page of another site',
    class: 'permanent',
    detail:
      'The request was made by a page of another site (origin {origin}), which may not change anything here.',
    remedy:
      "Use the service's own page, or ask the administrator to add the site to CORS_ORIGINS, or to PUBLIC_URLS if it is the service itself.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    class: 'permanent',
    detail: '{path} does not support {method}.',
    remedy: 'Use one of the methods that the Allow header names.',
  },
} as const satisfies Record<string, ErrorDefinition>;
