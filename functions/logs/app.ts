import { Router } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { createEventStreams } from '../../shared/http/answers/eventStream.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { logQuerySchema, logStreamQuerySchema } from '../../shared/http/contract/site.ts';
import type { Transport } from '../../shared/http/transport.ts';
import { onlyQuery, parsePart } from '../../shared/http/validation.ts';
import { formatLogLine } from '../../shared/logging/formatLogLine.ts';
import { createLogTail } from '../../shared/logging/reading/logTail.ts';
import { readLog } from '../../shared/logging/reading/readLog.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { sendLog } from './logStream.ts';

/** `GET /logs`: the newest lines of the log as readable text, newest last. `GET /logs/stream`: as they are written. */
export function createLogsRouter(
  { config, logger, atShutDown }: Pick<Dependencies, 'config' | 'logger' | 'atShutDown'>,
  transport: Transport,
): Router {
  const { logFile } = config;
  const tail = logFile && createLogTail(logFile, logger);
  const streams = createEventStreams(transport);
  atShutDown(async () => {
    streams.close();
    await tail?.close();
  });
  const router = Router();
  router
    .route('/logs/stream')
    .get(onlyQuery(logStreamQuerySchema), async (request, response) => {
      if (!logFile || !tail) throw new StagingError('LOG_NOT_KEPT');
      await sendLog({ logFile, tail, streams }, request, response);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/logs')
    .get(onlyQuery(logQuerySchema), async (request, response) => {
      const { level, limit, operation } = parsePart({
        name: 'query',
        value: request.query,
        schema: logQuerySchema,
      });
      if (!logFile) throw new StagingError('LOG_NOT_KEPT');
      const query = { limit, ...(level && { level }), ...(operation && { operationId: operation }) };
      let text = '';
      for await (const line of readLog(logFile, query)) text += `${formatLogLine(line)}\n`;
      response.type('text/plain').send(text);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
