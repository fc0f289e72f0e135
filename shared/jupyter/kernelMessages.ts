import { randomUUID } from 'node:crypto';
import type { RawData } from 'ws';
import * as z from 'zod';
import { parseJson } from '../model/parseJson.ts';

/** The parts of the Jupyter messaging protocol 5 that are used here ("Execute", "Kernel status"). */
const messageSchema = z.object({
  header: z.object({ msg_type: z.string() }),
  parent_header: z.object({ msg_id: z.string().optional() }),
  content: z.object({
    execution_state: z.string().optional(),
    status: z.string().optional(),
    evalue: z.string().optional(),
    user_expressions: z
      .record(
        z.string(),
        z.object({ evalue: z.string().optional(), data: z.record(z.string(), z.unknown()).optional() }),
      )
      .optional(),
  }),
});

/** The result of an execute request. */
export type ExecuteReply = z.output<typeof messageSchema>['content'];

/** A kernel's message, with the fields that are used here. */
export type KernelMessage =
  | { readonly kind: 'reply'; readonly requestId: string; readonly reply: ExecuteReply }
  /** The kernel's process has ended; the server may start another one. */
  | { readonly kind: 'ended' };

/** Parses a message; undefined for other messages. A user's kernel may send anything. */
export function parseMessage(frame: RawData): KernelMessage | undefined {
  const message = messageSchema.safeParse(parseJson(textOf(frame)));
  if (!message.success) return undefined;
  const { header, parent_header, content } = message.data;
  const requestId = parent_header.msg_id;
  if (header.msg_type === 'execute_reply' && requestId) return { kind: 'reply', requestId, reply: content };
  const isEnd = ['restarting', 'autorestarting', 'dead'].includes(content.execution_state ?? '');
  return header.msg_type === 'status' && isEnd ? { kind: 'ended' } : undefined;
}

/** The text of the expression's value in Python, or why there is none. */
export function resultOf({
  user_expressions,
  status,
  evalue,
}: ExecuteReply): { text: string } | { reason: string } {
  const result = user_expressions?.['result'];
  const text = result?.data?.['text/plain'];
  if (status === 'ok' && typeof text === 'string') return { text };
  return { reason: result?.evalue ?? evalue ?? status ?? 'it gave no result' };
}

/** A request to run code silently, and then evaluate an expression. */
export function executeRequest(id: string, code: string, expression: string): string {
  return JSON.stringify({
    channel: 'shell',
    header: {
      msg_id: id,
      msg_type: 'execute_request',
      username: '',
      session: randomUUID(),
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent_header: {},
    metadata: {},
    content: {
      code,
      silent: true,
      store_history: false,
      user_expressions: { result: expression },
      allow_stdin: false,
      stop_on_error: true,
    },
    buffers: [],
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
