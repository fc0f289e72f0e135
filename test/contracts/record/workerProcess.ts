import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { tied } from '../../services/tiedProcess.ts';

/** A process of its own that uses the database: see `workerProgram.ts` for its commands. */
export interface WorkerProcess {
  readonly process: ChildProcess;
  /** The next line that it prints; fails when it ends without. */
  nextLine(): Promise<string>;
  /** Its exit code, once it has ended. */
  ended(): Promise<number | null>;
}

let program: string | undefined;

/** Starts one. The time zone is not UTC, so that a time which is shifted shows. */
export function startWorker(url: string, ...command: string[]): WorkerProcess {
  program ??= bundleProgram();
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

/**
 * The path of the program in one piece, which starts in half the time that its many sources take. It lies where its
 * packages are found, beside its thread, and is removed with this process.
 */
function bundleProgram(): string {
  const outdir = mkdtempSync(join('dist', 'workerProgram-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  buildSync({
    entryPoints: ['test/contracts/record/workerProgram.ts', 'shared/record/database/sqliteThread.ts'],
    entryNames: '[name]',
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return join(outdir, 'workerProgram.js');
}
