import { type Request, type Response, Router } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import {
  findCaller,
  forgetSession,
  sessionOf,
  setLoginCookie,
  setSession,
  takeLoginCookie,
} from '../../shared/http/callers.ts';
import { loginQuerySchema, loginSchema, sessionJson } from '../../shared/http/contract/session.ts';
import { publicPath, publicUrl } from '../../shared/http/publicUrls.ts';
import { readJsonBody } from '../../shared/http/readBody.ts';
import { addReadRoute, onlyQuery, parsePart } from '../../shared/http/validation.ts';
import { parseToken } from '../../shared/identity/createIdentity.ts';
import type { Identity } from '../../shared/identity/identity.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import type { OpenIdLogin } from './openIdLogin.ts';

/** The address to which the OpenID provider redirects the browser. */
const callbackPath = '/login/callback';

/**
 * `/session`: the caller's identity, login with a token, and logout. `/login`: login at the OpenID provider, which
 * redirects the browser to `/login/callback`. Both set a cookie that pages of other sites can neither read nor use.
 */
export function createSessionRouter({ config, identity }: Pick<Dependencies, 'config' | 'identity'>): Router {
  const { client } = config.identity.openId;
  const hasLogin = client !== undefined;
  let login: Promise<OpenIdLogin> | undefined;
  const loginOf = () => {
    if (!client)
      throw new StagingError('LOGIN_FAILED', { reason: 'this service has no OpenID provider for it' });
    login ??= import('./openIdLogin.ts').then(({ createOpenIdLogin }) =>
      createOpenIdLogin(client, config.identity.openId),
    );
    return login;
  };

  const router = Router();
  router
    .route('/session')
    .get(onlyQuery(), (_request, response) => {
      response.json(sessionJson(identity, hasLogin, findCaller(response)));
    })
    .post(onlyQuery(), async (request, response) => {
      checkTransport(response);
      const value = await readJsonBody(request, response, config.limits.maxBodyBytes);
      const { token } = parsePart({ name: 'body', value, schema: loginSchema });
      const secret = parseToken(token.trim());
      const caller = await identity.identifyToken(secret);
      setSession(response, await sessionsOf(identity).begin(caller, secret));
      response.json(sessionJson(identity, hasLogin, caller));
    })
    .delete(onlyQuery(), async (request, response) => {
      const session = sessionOf(request);
      if (session) await identity.sessions?.end(session);
      forgetSession(response);
      const url = hasLogin ? await (await loginOf()).logoutUrl(publicUrl(response, '/')) : null;
      response.json({ logout_url: url });
    })
    .all(onlyMethods('GET', 'HEAD', 'POST', 'DELETE'));
  addReadRoute(router, '/login', loginQuerySchema, async ({ view = '' }, _request, response) => {
    checkTransport(response);
    const { url, memory } = await (await loginOf()).begin(publicUrl(response, callbackPath));
    setLoginCookie(response, JSON.stringify({ ...memory, view }));
    response.redirect(303, url);
  });
  router
    .route(callbackPath)
    .get(async (request, response) => {
      const { caller, view } = await comeBack(request, response);
      setSession(response, await sessionsOf(identity).begin(caller));
      response.redirect(303, publicPath(response, `/${view}`));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;

  async function comeBack(request: Request, response: Response) {
    const query = request.originalUrl.split('?')[1] ?? '';
    const address = new URL(`${publicUrl(response, callbackPath)}?${query}`);
    return (await loginOf()).end(address, takeLoginCookie(request, response), identity);
  }
}

/** Browsers store a session's cookie only with TLS, or on their own machine. @throws LOGIN_FAILED */
function checkTransport(response: Response): void {
  const { protocol, hostname } = new URL(publicUrl(response, '/'), 'https://unknown');
  if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  throw new StagingError('LOGIN_FAILED', {
    reason: 'this address has no TLS (https), which session cookies require',
  });
}

/** @throws LOGIN_FAILED if login is not enabled */
function sessionsOf({ sessions }: Identity) {
  if (!sessions)
    throw new StagingError('LOGIN_FAILED', { reason: 'authentication is disabled on this service' });
  return sessions;
}
