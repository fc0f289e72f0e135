import { Router } from 'express';
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
      const link = await identity.sessions?.beginLink(caller, address, expiresAt);
      const query = link ? `?link=${link.reveal()}` : '';
      response
        .status(201)
        .json({ url: publicUrl(response, address) + query, expires_at: expiresAt.toISOString() });
    })
    .all(onlyMethods('POST'));
  return router;
}
