import type { Request, Response } from 'express';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { type EventStreams, lastEventId } from '../../shared/http/eventStream.ts';
import { isUnfinished, type Operation } from '../../shared/model/operation.ts';
import type { OperationWatch } from '../../shared/record/operationWatch.ts';

interface EventServices {
  readonly watch: Pick<OperationWatch, 'watchOne' | 'speedOf'>;
  readonly streams: EventStreams;
}

/**
 * Sends an operation as it is, unless the client says that it has seen that, each change of it, and as it ended; then the answer ends. Who comes back after the end
 * is answered with 204, which keeps an EventSource from coming again (HTML standard §9.2.3).
 */
export function sendChangesOfOne(
  { watch, streams }: EventServices,
  operation: Operation,
  request: Request,
  response: Response,
): void {
  const seen = Number(lastEventId(request));
  if (!isUnfinished(operation.phase) && seen >= operation.revision) {
    response.status(204).set('Cache-Control', 'no-store').end();
    return;
  }
  const stream = streams.open(request, response);
  const send = (state: Operation) => {
    const data = () => operationJson(state, watch.speedOf(state));
    stream.send({ name: 'operation', key: state.id, id: String(state.revision), data });
    if (!isUnfinished(state.phase)) stream.end();
  };
  stream.onEnd(watch.watchOne(operation, send));
  if (!(seen >= operation.revision)) send(operation);
}
