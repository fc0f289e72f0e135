import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tied } from '../tiedProcess.ts';
import { refuseLeakedTokens, watchService } from './leakedTokens.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The path of the started program, and a command that starts it, such as one that changes the user. */
interface ProgramPlace {
  readonly directory: string;
  readonly startedBy: readonly string[];
}

const builtHere: ProgramPlace = { directory: root, startedBy: [] };

/** A staging service that answers, in any environment, and its storages. */
export interface ReachableService {
  readonly url: string;
  readonly sourceStorage: string;
  readonly userAreas: string;
  /** Everything that it has written to its terminal so far, as far as visible. */
  output(): string;
}

/** A staging service in a separate process, started from the bundle as a user starts it. */
export interface StagingService extends ReachableService {
  readonly process: ChildProcess;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: it cannot clean up. */
  kill(): Promise<void>;
}

/** A fresh data directory, removed after use. */
export async function makeDataDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'staging-test-'));
  await mkdir(join(directory, 'source_storage'));
  await mkdir(join(directory, 'user_areas'));
  return directory;
}

/**
 * Removes a data directory with everything read-only in it, as root or not.
 * @throws when a log or a record in it contains a token
 */
export async function removeDataDirectory(directory: string): Promise<void> {
  try {
    await refuseLeakedTokens(directory);
  } finally {
    await once(spawn('chmod', ['-R', 'u+w', directory]), 'exit');
    await rm(directory, { recursive: true, force: true });
  }
}

/** Starts a service on a free port over a data directory; resolves when it listens. */
export async function startStagingService(
  dataDirectory: string,
  environment: NodeJS.ProcessEnv = {},
  place = builtHere,
): Promise<StagingService> {
  const service = spawnService(settingsOf(dataDirectory, environment), place);
  return whenListening(service, dataDirectory, environment);
}

/** Starts all functions, each in separate instances, behind an API Gateway: those of serverless-offline. */
export async function startOfflineService(
  dataDirectory: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<StagingService> {
  const serverless = join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const command = [process.execPath, serverless, 'offline', 'start'] as const;
  const service = spawnProgram(command, settingsOf(dataDirectory, environment));
  return whenListening(service, dataDirectory, environment);
}

function settingsOf(dataDirectory: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // All tests share one address, and some send requests at full speed, or only with wrong tokens.
  const limits = { REQUESTS_PER_MINUTE: '0', FAILURES_PER_MINUTE: '0' };
  return { DATA_DIR: dataDirectory, PORT: '0', ...limits, ...environment };
}

async function whenListening(
  service: ReturnType<typeof spawnProgram>,
  dataDirectory: string,
  environment: NodeJS.ProcessEnv,
): Promise<StagingService> {
  let output = '';
  service.stdout.on('data', (text) => {
    output += text;
  });
  service.stderr.on('data', (text) => {
    output += text;
  });
  watchService(dataDirectory, environment, () => output);
  const ended = once(service, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const findAddress = () => {
      const address = /Listening on (http:\/\/\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      // A service logs megabytes, which must not be searched again for each line.
      service.stdout.off('data', findAddress);
      resolve(address);
    };
    service.stdout.on('data', findAddress);
    void ended.then(() => reject(new Error(`The service ended before it listened:\n${output}`)));
  });
  return {
    url,
    process: service,
    sourceStorage: environment['SOURCE_STORAGE_PATH'] ?? join(dataDirectory, 'source_storage'),
    userAreas: environment['TARGET_STORAGE_PATH'] ?? join(dataDirectory, 'user_areas'),
    output: () => output,
    async stop() {
      service.kill('SIGTERM');
      await ended;
      return service.exitCode;
    },
    async kill() {
      service.kill('SIGKILL');
      await ended;
    },
  };
}

/** A worker of the queue, in a separate process. */
export interface WorkerProcess {
  readonly process: ChildProcess;
  output(): string;
  /** Resolves with the exit code, or null when it was killed. */
  readonly ended: Promise<number | null>;
}

/** Starts a worker as a user starts it. It takes operations as soon as it says so. */
export function startWorkerProcess(
  dataDirectory: string,
  environment: NodeJS.ProcessEnv = {},
): WorkerProcess {
  const command = [process.execPath, join(root, 'dist', 'worker.js')] as const;
  const worker = spawnProgram(command, settingsOf(dataDirectory, environment));
  let output = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  watchService(dataDirectory, environment, () => output);
  const ended = once(worker, 'close').then(() => worker.exitCode);
  return { process: worker, output: () => output, ended };
}

/** Starts a service that is expected to refuse; resolves with its exit code and its output. */
export async function startRefused(
  environment: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const service = spawnService(environment, builtHere);
  let output = '';
  for (const stream of [service.stdout, service.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  await once(service, 'close');
  return { code: service.exitCode, output };
}

function spawnService(environment: NodeJS.ProcessEnv, { directory, startedBy }: ProgramPlace) {
  const server = join(directory, 'dist', 'server.js');
  const options = ['--max-semi-space-size=4', '--heap-growing-percent=100'];
  return spawnProgram([process.execPath, ...options, server], environment, startedBy);
}

function spawnProgram(
  command: readonly [program: string, ...parameters: string[]],
  environment: NodeJS.ProcessEnv,
  startedBy: readonly string[] = [],
) {
  const { PATH, HOME } = process.env;
  const [setpriv, parameters] = tied(command);
  const [program = setpriv, ...rest] = [...startedBy, setpriv, ...parameters];
  return spawn(program, rest, {
    cwd: root,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
