import { Router } from 'express';
import { type Checked, createReadiness } from '../service/readiness.ts';
import { onlyMethods } from './app.ts';

/** `GET /healthz` (the process answers) and `GET /readyz` (it can work), for the probes of any process. */
export function createHealthRouter(dependencies: Checked): Router {
  const router = Router();
  const readiness = createReadiness(dependencies);
  router
    .route('/healthz')
    .get((_request, response) => {
      response.set('Cache-Control', 'no-store').json({ status: 'ok' });
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const { isReady, checks } = await readiness();
      response.status(isReady ? 200 : 503).set('Cache-Control', 'no-store');
      response.json({ status: isReady ? 'ready' : 'not_ready', checks });
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
