import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServicesDirectory } from './servicesDirectory.ts';
import { tied } from './tiedProcess.ts';

/** How to start a long-running program and how to detect that it is ready. */
export interface DaemonOptions {
  readonly directory: ServicesDirectory;
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** The text in the program's log that shows it is ready. */
  readonly readyLine: string;
  /** Stops the program, also when this process dies. SIGKILL for a program with nothing to clean up. */
  readonly stopSignal: 'SIGTERM' | 'SIGKILL';
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/**
 * Starts a program and resolves when it is ready, with a function that stops it.
 * It is sent `stopSignal` when this process ends in any way, so that it never outlives us.
 */
export async function startDaemon(options: DaemonOptions): Promise<() => Promise<void>> {
  const { directory, command, env, logFile, stopSignal } = options;
  const log = await open(logFile, 'a');
  // A separate process group: Ctrl-C in the terminal reaches only us, and we stop the daemons in order.
  const child = spawn(...tied(command, stopSignal), {
    env,
    stdio: ['ignore', log.fd, log.fd, directory.lifeline],
    detached: true,
  });
  await once(child, 'spawn');
  await log.close();
  child.unref();
  const stop = () => stopDaemon(child, stopSignal);
  try {
    await untilReady(child, options);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return stop;
}

async function untilReady(
  child: ChildProcess,
  { command, logFile, readyLine }: DaemonOptions,
): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const log = await readFile(logFile, 'utf8');
    if (log.includes(readyLine)) return;
    if (hasEnded(child) || performance.now() > deadline) {
      const problem = hasEnded(child) ? 'ended before it was ready' : 'was not ready in a minute';
      throw new Error(`${basename(command[0])} ${problem}: ${log.trimEnd().slice(-2000)}`);
    }
    await delay(20);
  }
}

async function stopDaemon(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(killer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
