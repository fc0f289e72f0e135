import * as z from 'zod';
import { parseJson } from '../model/parseJson.ts';
import { harmless } from '../process/liveSecrets.ts';
import { type HubConnection, openJupyter } from './jupyterClient.ts';

const eventSchema = z.object({
  message: z.string().optional(),
  ready: z.boolean().optional(),
  failed: z.boolean().optional(),
});

/** One step of a server's start, as the hub reports it. `ready` and `failed` are the last ones. */
export interface SpawnEvent {
  readonly state: 'starting' | 'ready' | 'failed';
  readonly message: string | undefined;
}

/**
 * Follows the start of a user's server until the hub ends the stream; yields nothing if no server is starting. The
 * stream has lines `data: {…}`, with empty lines to keep the connection open (JupyterHub REST API, `GET
 * /users/{name}/server/progress`).
 */
export async function* followSpawn(
  hub: HubConnection,
  userPath: string,
  signal: AbortSignal,
): AsyncGenerator<SpawnEvent, void, void> {
  const response = await openJupyter(hub, { path: `${userPath}/server/progress`, signal });
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    return;
  }
  for await (const line of linesOf(response.body)) {
    const event = line.startsWith('data:')
      ? eventSchema.safeParse(parseJson(line.slice('data:'.length)))
      : undefined;
    if (!event?.success) continue;
    const { message, ready, failed } = event.data;
    yield {
      state: ready ? 'ready' : failed ? 'failed' : 'starting',
      message: message === undefined ? undefined : harmless(message),
    };
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of body) {
    rest += decoder.decode(part, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
