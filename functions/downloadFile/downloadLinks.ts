import { Router } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf } from '../../shared/http/callers.ts';
import { downloadLinkBodySchema } from '../../shared/http/contract/session.ts';
import { publicUrl } from '../../shared/http/publicUrls.ts';
import { readJsonBody } from '../../shared/http/readBody.ts';
import { onlyQuery, parsePart } from '../../shared/http/validation.ts';
import { checkSource } from '../../shared/model/caller.ts';
import { parseSource } from '../../shared/model/sourcePath.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

/**
 * `POST /download-links`: a link to one download, for a notebook or `wget`, that needs no login and is valid for a few
 * minutes. With AUTH_MODE=none it is the plain address.
 */
export function createDownloadLinksRouter({
  config,
  identity,
}: Pick<Dependencies, 'config' | 'identity'>): Router {
  const router = Router();
  router
    .route('/download-links')
    .post(onlyQuery(), async (request, response) => {
      const value = await readJsonBody(request, response, config.limits.maxBodyBytes);
      const { path, seconds } = parsePart({ name: 'body', value, schema: downloadLinkBodySchema });
      const caller = callerOf(response);
      checkSource(caller, parseSource(path, config), 'read', config.identity.projects);
      const address = `/download/${path.split('/').map(encodeURIComponent).join('/')}`;
      const expiresAt = new Date(Date.now() + seconds * 1000);
      const query = identity.modes.length === 0 ? '' : `?link=${(await begin(address, expiresAt)).reveal()}`;
      response
        .status(201)
        .json({ url: publicUrl(response, address) + query, expires_at: expiresAt.toISOString() });

      function begin(linked: string, until: Date) {
        if (!identity.sessions)
          throw new StagingError('LOGIN_FAILED', { reason: 'authentication is disabled on this service' });
        return identity.sessions.beginLink(caller, linked, until);
      }
    })
    .all(onlyMethods('POST'));
  return router;
}
