import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/services/freePort.ts';
import { createDatabase } from '../test/services/mariadb.ts';
import { pythonEnvironment } from '../test/services/pythonEnvironment.ts';
import { startServices } from '../test/services/services.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/stagingService.ts';
import { tied } from '../test/services/tiedProcess.ts';
import { cpuOf, median } from './measuring.ts';

// Stages files of 1 KiB by local_copy, some at a time, and does the same with a FastAPI program that makes the same
// promises (peers/recorded_copies.py), in turn. Prints medians: operations a second, response times, CPU time.
const requests = Number(process.env['REQUESTS'] ?? 2000);
const atOnce = Number(process.env['AT_ONCE'] ?? 16);
const rounds = Number(process.env['ROUNDS'] ?? 5);
const sources = 100;

/** A program that stages. */
interface Program {
  readonly title: string;
  readonly url: string;
  readonly pid: number | undefined;
  stop(): Promise<unknown>;
}

/** What one program did in one turn. */
interface Turn {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
const services = await startServices(['mariadb']);
const directory = await makeDataDirectory();
const sourceStorage = join(directory, 'source_storage');
const programs: Program[] = [];
try {
  for (let index = 0; index < sources; index += 1) {
    await writeFile(join(sourceStorage, `file-${index}`), Buffer.alloc(1024, String(index)));
  }
  programs.push(await startPeer(), await startOurs('ours, SQLite', {}));
  const { mariadb } = services.report.addresses;
  if (mariadb)
    programs.push(await startOurs('ours, MariaDB', { DATABASE_URL: await createDatabase(mariadb) }));
  const turns = new Map(programs.map((program) => [program, [] as Turn[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [program, done] of turns) {
      const turn = await takeTurn(program, round);
      // The first warms up.
      if (round > 0) done.push(turn);
    }
  }
  const alone: string[] = [];
  for (const program of programs) {
    const times = await send(program, `alone`, 200, 1);
    alone.push(`${program.title}: ${median(times).toFixed(1)} ms`);
  }
  for (const [{ title }, done] of turns) say(`${title}: ${describe(done)}`);
  say(`One at a time, p50: ${alone.join('; ')}`);
} finally {
  for (const program of programs) await program.stop();
  agent.destroy();
  await removeDataDirectory(directory);
  await services.stop();
}

async function startOurs(title: string, environment: NodeJS.ProcessEnv): Promise<Program> {
  const own = join(directory, title);
  await mkdir(join(own, 'user_areas'), { recursive: true });
  const service = await startStagingService(own, { SOURCE_STORAGE_PATH: sourceStorage, ...environment });
  return { title, url: service.url, pid: service.process.pid, stop: service.stop };
}

async function startPeer(): Promise<Program> {
  const python = await pythonEnvironment('the peer of the measurement', 'bench.txt');
  const port = await freePort();
  const folder = fileURLToPath(new URL('peers', import.meta.url));
  const command = [
    python,
    '-m',
    'uvicorn',
    '--app-dir',
    folder,
    '--port',
    `${port}`,
    '--no-access-log',
  ] as const;
  const paths = {
    SOURCE: sourceStorage,
    TARGET: join(directory, 'peer'),
    DATABASE: join(directory, 'peer.db'),
  };
  const child = spawn(...tied([...command, 'recorded_copies:app']), {
    env: { ...process.env, ...paths },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const text of child.stderr) if (String(text).includes('Uvicorn running')) break;
  const stop = () => {
    child.kill();
    return once(child, 'exit');
  };
  return { title: 'FastAPI with a record', url: `http://127.0.0.1:${port}`, pid: child.pid, stop };
}

async function takeTurn(program: Program, round: number): Promise<Turn> {
  const cpuBefore = await cpuOf(program.pid);
  const begin = performance.now();
  const times = (await send(program, `round-${round}`, requests, atOnce)).toSorted(
    (one, other) => one - other,
  );
  const seconds = (performance.now() - begin) / 1000;
  const cpu = (await cpuOf(program.pid)) - cpuBefore;
  return {
    perSecond: requests / seconds,
    p50Ms: times[Math.floor(requests * 0.5)] ?? Number.NaN,
    p99Ms: times[Math.floor(requests * 0.99)] ?? Number.NaN,
    cpuMs: (cpu * 1000) / requests,
  };
}

/** Sends requests, some at a time; returns the time of each in ms. */
async function send({ url }: Program, folder: string, count: number, together: number): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const sendSome = async () => {
    while (next < count) {
      const index = next++;
      const begin = performance.now();
      await stage(url, `file-${index % sources}`, `${folder}/${index}`);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: together }, sendSome));
  return times;
}

async function stage(url: string, source: string, target: string): Promise<void> {
  const call = request(`${url}/stage/local?username=bench`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json' },
  });
  call.end(JSON.stringify({ local_path_on_storage: source, relative_path: target }));
  const [answer] = await once(call, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  if (answer.statusCode !== 200) throw new Error(Buffer.concat(chunks).toString());
}

function describe(turns: readonly Turn[]): string {
  const of = (member: keyof Turn) => median(turns.map((turn) => turn[member])).toFixed(1);
  return `${of('perSecond')} a second, p50 ${of('p50Ms')} ms, p99 ${of('p99Ms')} ms, CPU ${of('cpuMs')} ms each`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
