import type { Request, Response } from 'express';
import type * as z from 'zod';
import { type EventStreams, lastEventId } from '../../shared/http/answers/eventStream.ts';
import { viewerFor } from '../../shared/http/callers.ts';
import { type operationEventsQuerySchema, operationJson } from '../../shared/http/contract/operations.ts';
import { hasEnded, type Operation } from '../../shared/model/operation.ts';
import type { UserView } from '../../shared/model/operations/userView.ts';
import { type ChangeSource, matchesFilter, readSince } from '../../shared/record/changeFeed.ts';
import type { OperationWatch } from '../../shared/record/operationWatch.ts';

interface EventServices {
  readonly operations: ChangeSource;
  readonly watch: OperationWatch;
  readonly streams: EventStreams;
  readonly site: UserView;
}

/**
 * Sends the state of each operation that changes and matches the query. A reconnecting client first gets all changes
 * since it disconnected, including some that it knows already. The ids of events are times: everything written before
 * them has been sent.
 */
export async function sendAllChanges(
  { operations, watch, streams, site }: EventServices,
  filter: z.output<typeof operationEventsQuerySchema>,
  request: Request,
  response: Response,
): Promise<void> {
  const viewer = viewerFor(response);
  const resumed = parseTime(lastEventId(request));
  await watch.prepare();
  /** Up to when past changes have been sent; undefined when all of them are. */
  let past = resumed;
  const place = () => String((past ?? watch.cursor()).getTime());
  const stream = streams.open(request, response, { idleId: place });
  const send = (operation: Operation) => {
    if (!matchesFilter(operation, filter)) return;
    const data = () => operationJson(operation, site, watch.speedOf(operation));
    stream.send({ name: 'operation', key: operation.id, id: place(), data });
  };
  const heard = new Map<string, number>();
  const stop = watch.watchAll((operation) => {
    if (past) heard.set(operation.id, operation.revision);
    send(operation);
  }, viewer);
  stream.onEnd(stop);
  stream.mark(place());
  if (!resumed) return;
  for await (const { operations: changed, cursor } of readSince(operations, resumed, viewer)) {
    // The rows read may now be older than the reported ones.
    for (const operation of changed) {
      if (operation.revision > (heard.get(operation.id) ?? -1)) send(operation);
    }
    if (!(await stream.whenReady())) return;
    // Not earlier: if a client disconnects during these, it must get all of them again.
    past = cursor;
    stream.mark(place());
  }
  past = undefined;
  heard.clear();
}

function parseTime(id: string | undefined): Date | undefined {
  return id !== undefined && /^\d{1,15}$/.test(id) ? new Date(Math.min(Number(id), Date.now())) : undefined;
}

/**
 * Sends the state of an operation, unless the client already has it, each change of it, and its end; then the answer
 * ends. A client that reconnects after the end gets 204, which stops an EventSource (HTML standard §9.2.3).
 */
export function sendChangesOfOne(
  { watch, streams, site }: Omit<EventServices, 'operations'>,
  operation: Operation,
  request: Request,
  response: Response,
): void {
  const seen = Number(lastEventId(request));
  if (hasEnded(operation) && seen >= operation.revision) {
    response.status(204).end();
    return;
  }
  const stream = streams.open(request, response);
  const send = (state: Operation) => {
    const data = () => operationJson(state, site, watch.speedOf(state));
    stream.send({ name: 'operation', key: state.id, id: String(state.revision), data });
    if (hasEnded(state)) stream.end();
  };
  stream.onEnd(watch.watchOne(operation, send));
  if (!(seen >= operation.revision)) send(operation);
}
