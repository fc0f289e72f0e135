import { type Request, type Response, Router } from 'express';
import type * as z from 'zod';
import type { LogFile } from '../../shared/config/config.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import {
  createEventStreams,
  type EventStream,
  type EventStreams,
  lastEventId,
} from '../../shared/http/answers/eventStream.ts';
import type { Transport } from '../../shared/http/answers/transport.ts';
import type { logLineSchema } from '../../shared/http/contract/answers/site.ts';
import { logQuerySchema, logStreamQuerySchema } from '../../shared/http/contract/site.ts';
import { addReadRoute } from '../../shared/http/validation.ts';
import { formatLogLine, parseLogEntry } from '../../shared/logging/formatLogLine.ts';
import type { LogPosition } from '../../shared/logging/reading/logFiles.ts';
import { createLogTail, type LogTail, openLogReader } from '../../shared/logging/reading/logReader.ts';
import { type LogQuery, levelOf, lineFilter, readLog } from '../../shared/logging/reading/readLog.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

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
  addReadRoute(
    router,
    '/logs/stream',
    logStreamQuerySchema,
    async ({ operation, ...query }, request, response) => {
      if (!logFile || !tail) throw new StagingError('LOG_NOT_KEPT');
      await sendLog({ ...query, operationId: operation }, { logFile, tail, streams }, request, response);
    },
  );
  addReadRoute(router, '/logs', logQuerySchema, async ({ operation, ...query }, _request, response) => {
    if (!logFile) throw new StagingError('LOG_NOT_KEPT');
    let text = '';
    const lines = readLog(logFile, { ...query, operationId: operation });
    for await (const line of lines) text += `${formatLogLine(line)}\n`;
    response.type('text/plain').send(text);
  });
  return router;
}

interface LogServices {
  readonly logFile: LogFile;
  readonly tail: LogTail;
  readonly streams: EventStreams;
}

/**
 * Sends the newest lines of the log, or those that a reconnecting client has missed, and then each line as it is
 * written. The ids of events are positions in the log.
 */
async function sendLog(
  query: LogQuery,
  { logFile, tail, streams }: LogServices,
  request: Request,
  response: Response,
): Promise<void> {
  const isWanted = lineFilter(query);
  let place = parsePosition(lastEventId(request));
  let isFollowing = false;
  const idleId = () => textOf(isFollowing ? tail.position() : place);
  const stream = streams.open(request, response, { idleId });
  const listener: Parameters<LogTail['follow']>[0] = (lines) => {
    for (const { bytes, position } of lines) {
      if (isWanted({ bytes })) sendLine(stream, bytes, position);
    }
  };
  while (await stream.whenReady()) {
    const end = await tail.follow(listener, place);
    if (end === 'following') break;
    const isSent = place && (await sendMissed(stream, logFile, { from: place, until: end }, isWanted));
    if (!isSent) await sendNewest(stream, logFile, { ...query, until: end });
    place = end;
  }
  isFollowing = true;
  stream.onEnd(() => tail.leave(listener));
}

/** @returns false if the log does not have the position to start from */
async function sendMissed(
  stream: EventStream,
  logFile: LogFile,
  { from, until }: { readonly from: LogPosition; readonly until: LogPosition },
  isWanted: ReturnType<typeof lineFilter>,
): Promise<boolean> {
  const reader = await openLogReader(logFile, from);
  if (!reader) return false;
  try {
    for await (const lines of reader.read()) {
      for (const { bytes, position } of lines) {
        if (position.file === until.file && position.offset > until.offset) return true;
        if (isWanted({ bytes })) sendLine(stream, bytes, position);
      }
      if (!(await stream.whenReady())) return true;
    }
    return true;
  } finally {
    await reader.close();
  }
}

/** If a client disconnects during these, it starts again, so only the last one has an id. */
async function sendNewest(
  stream: EventStream,
  logFile: LogFile,
  query: LogQuery & { readonly until: LogPosition },
): Promise<void> {
  let count = 0;
  for await (const line of readLog(logFile, query)) {
    if (!(await stream.whenReady())) return;
    count += 1;
    stream.send({ name: 'line', key: `newest-${count}`, data: () => logLineJson(Buffer.from(line)) });
  }
  if (await stream.whenReady()) stream.mark(textOf(query.until) ?? '');
}

function sendLine(stream: EventStream, bytes: Buffer, position: LogPosition): void {
  const id = textOf(position);
  stream.send({ name: 'line', id, key: id ?? '', data: () => logLineJson(bytes) });
}

function textOf(position: LogPosition | undefined): string | undefined {
  return position && `${position.file}-${position.offset}`;
}

function parsePosition(id: string | undefined): LogPosition | undefined {
  const [, file, offset] = /^([\da-z]{1,16}-[\da-z]{1,16})-(\d{1,15})$/.exec(id ?? '') ?? [];
  return file === undefined ? undefined : { file, offset: Number(offset) };
}

/** A line of the log file as the API shows it. A line that is not ours, or was truncated, is its own message. */
function logLineJson(bytes: Buffer): z.output<typeof logLineSchema> {
  const line = bytes.toString();
  const text = formatLogLine(line);
  const entry = parseLogEntry(line);
  return {
    time: textOrNull(entry?.['time']),
    level: levelOf(bytes),
    message: entry ? (textOrNull(entry['msg']) ?? '') : text,
    operation_id: textOrNull(entry?.['operation_id']),
    request_id: textOrNull(entry?.['request_id']),
    text,
  };
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);
