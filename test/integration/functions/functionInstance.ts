import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const answerSchema = z.object({ statusCode: z.number(), body: z.string(), isBase64Encoded: z.boolean() });

/** An instance of a function as Lambda runs one: a process of its own with one bundle, which takes events in turn. */
export interface FunctionInstance {
  invoke(event: object): Promise<{ readonly status: number; readonly body: string }>;
  stop(): Promise<void>;
}

/** Answers each line of its input, an event, with a line that begins with a mark. */
const program = `void (async () => {
  const { createInterface } = require('node:readline');
  const { handler } = await import(process.argv[1]);
  for await (const line of createInterface({ input: process.stdin })) {
    console.log('ANSWER ' + JSON.stringify(await handler(JSON.parse(line), {})));
  }
})()`;

/** Starts an instance of a function; its first event starts the function itself. */
export function startInstance(name: string, environment: NodeJS.ProcessEnv): FunctionInstance {
  const bundle = fileURLToPath(new URL(`../../../dist/functions/${name}/handler.mjs`, import.meta.url));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['-e', program, bundle], {
    env: { PATH, HOME, ...environment },
  });
  const ended = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async invoke(event) {
      child.stdin.write(`${JSON.stringify(event)}\n`);
      const answer = await readAnswer(answers);
      if (!answer) throw new Error(`The instance ended: ${complaint.slice(-1000)}`);
      return answer;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readAnswer(lines: AsyncIterator<string>) {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return undefined;
    if (!value.startsWith('ANSWER ')) continue;
    const { statusCode, body, isBase64Encoded } = answerSchema.parse(
      JSON.parse(value.slice('ANSWER '.length)),
    );
    return { status: statusCode, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString() };
  }
}

/** An event of an HTTP API (payload format 2.0) that posts JSON. */
export function postEvent(path: string, query: string, body: object): object {
  return {
    version: '2.0',
    routeKey: `ANY ${path}`,
    rawPath: path,
    rawQueryString: query,
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path }, stage: '$default' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
