import { Router } from 'express';
import type { Dependencies } from '../../shared/dependencies.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { logQuerySchema } from '../../shared/http/contract/site.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { formatLogLine } from '../../shared/logging/formatLogLine.ts';
import { readLog } from '../../shared/logging/logFile.ts';

/** `GET /logs`: the newest lines of the log as text for people, newest last. */
export function createLogsRouter({ config }: Pick<Dependencies, 'config'>): Router {
  const router = Router();
  router
    .route('/logs')
    .get(async (request, response) => {
      const { level, limit, operation } = parsePart({
        name: 'query',
        value: request.query,
        schema: logQuerySchema,
      });
      if (!config.logFile) throw new StagingError('LOG_NOT_KEPT');
      const query = { limit, ...(level && { level }), ...(operation && { operationId: operation }) };
      let text = '';
      for await (const line of readLog(config.logFile, query)) text += `${formatLogLine(line)}\n`;
      response.type('text/plain').set('Cache-Control', 'no-store').send(text);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
