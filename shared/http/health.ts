import { Router } from 'express';
import { memoizeFor } from '../async/coalesce.ts';
import { type Checked, checkReadiness, isReady } from '../service/readiness.ts';
import { onlyMethods } from './app.ts';

/** How long a readiness is cached, in ms: the checks write, and anybody may request them. */
const readyMs = 2000;

/** `GET /healthz` (the process answers) and `GET /readyz` (it can work), for the probes of any process. */
export function createHealthRouter(dependencies: Checked): Router {
  const router = Router();
  const readiness = memoizeFor<void, Record<string, string>>(readyMs, () => checkReadiness(dependencies));
  router
    .route('/healthz')
    .get((_request, response) => {
      response.set('Cache-Control', 'no-store').json({ status: 'ok' });
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const checks = await readiness();
      const ready = isReady(checks);
      response.status(ready ? 200 : 503).set('Cache-Control', 'no-store');
      response.json({ status: ready ? 'ready' : 'not_ready', checks });
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
