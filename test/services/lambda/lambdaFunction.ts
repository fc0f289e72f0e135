import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { tied } from '../tiedProcess.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The path of a function's bundle. */
export const bundleOf = (name: string) => join(root, 'dist', 'functions', name);

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean(),
});

/** The answer of a function, as API Gateway would forward it. */
interface FunctionAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly isBase64Encoded: boolean;
  problem(): z.output<typeof problemSchema>;
}

/** A function in a separate process, which receives events one by one as on AWS Lambda. */
export interface LambdaFunction {
  readonly process: ChildProcess;
  /** Everything that it has written to its terminal so far. */
  output(): string;
  /** @param remainingMs how long until the platform would end it; by default half a minute */
  invoke(event: object, remainingMs?: number): Promise<FunctionAnswer>;
  /** Sends an event whose answer is not read; resolves when the function has handled it. */
  send(event: object, remainingMs?: number): Promise<void>;
  /** SIGKILL, as the platform ends an instance that is frozen. */
  kill(): Promise<void>;
}

/** Starts a function from its bundle. */
export function startLambdaFunction(
  bundle: string,
  environment: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = [],
): LambdaFunction {
  const { PATH, HOME } = process.env;
  const runner = join(root, 'test', 'services', 'lambda', 'lambdaRunner.mjs');
  const child = spawn(...tied([process.execPath, ...nodeOptions, runner, join(bundle, 'handler.mjs')]), {
    cwd: bundle,
    env: { PATH, HOME, ...environment },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'close');
  const answers = linesOf(child.stdio[3])[Symbol.asyncIterator]();
  const handOver = async (event: object, remainingMs: number | undefined) => {
    child.stdin?.write(`${JSON.stringify({ event, remainingMs })}\n`);
    const line = await answers.next();
    if (line.done) throw new Error(`The function ended without an answer:\n${output}`);
    return line.value;
  };
  return {
    process: child,
    output: () => output,
    invoke: async (event, remainingMs) => readAnswer(await handOver(event, remainingMs)),
    async send(event, remainingMs) {
      await handOver(event, remainingMs);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** An event from `test/fixtures/events`, with changes by a test. */
export async function readEvent(name: string, changes: EventChanges = {}): Promise<object> {
  const file = join(root, 'test', 'fixtures', 'events', `${name}.json`);
  const { method, path, query, headers, body, stage } = changes;
  const event = eventSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const { requestContext } = event;
  const http = { ...requestContext.http, ...(method && { method }) };
  return {
    ...event,
    ...(path !== undefined && { rawPath: path, path }),
    ...(query !== undefined && { rawQueryString: query }),
    ...(body !== undefined && { body: body.toString('base64'), isBase64Encoded: true }),
    headers: { ...event.headers, ...headers },
    requestContext: { ...requestContext, http, ...(stage && { stage }) },
  };
}

interface EventChanges {
  readonly method?: string;
  /** As API Gateway sends it. */
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly stage?: string;
}

const eventSchema = z.looseObject({
  headers: z.record(z.string(), z.string()),
  requestContext: z.looseObject({ http: z.looseObject({}).optional() }),
});

function linesOf(stream: unknown): AsyncIterable<string> {
  if (!(stream instanceof Readable)) throw new Error('Descriptor 3 is no pipe');
  return createInterface({ input: stream });
}

function readAnswer(line: string): FunctionAnswer {
  const { statusCode, headers, body, isBase64Encoded } = answerSchema.parse(JSON.parse(line));
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return {
    status: statusCode,
    headers,
    bytes,
    isBase64Encoded,
    problem: () => problemSchema.parse(JSON.parse(bytes.toString())),
  };
}
