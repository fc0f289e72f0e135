import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundleProgram } from '../../services/install/bundledProgram.ts';
import { tied } from '../../services/tiedProcess.ts';

/** A separate process that uses the database: see `workerProgram.ts` for its commands. */
export interface WorkerProcess {
  readonly process: ChildProcess;
  /** The next line that it prints; fails if it ends without one. */
  nextLine(): Promise<string>;
  /** Its exit code, once it has ended. */
  ended(): Promise<number | null>;
}

let program: string | undefined;

/** Starts one. The time zone is not UTC, so that a time which is shifted shows. */
export function startWorker(url: string, ...command: string[]): WorkerProcess {
  program ??= bundleProgram('test/contracts/record/workerProgram.ts');
  const child = spawn(...tied([process.execPath, program, url, ...command]), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'Asia/Tokyo' },
  });
  const exit = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    process: child,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error('the worker process printed nothing more');
      return value;
    },
    async ended() {
      const [code] = await exit;
      return typeof code === 'number' ? code : null;
    },
  };
}
