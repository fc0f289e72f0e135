import './globalSetup.ts';
import { once } from 'node:events';

const limitMs = 60_000;

/** Jest's hook after the last suite: stops all requested services. */
export default async function globalTeardown(): Promise<void> {
  const { supervisor } = globalThis;
  if (!supervisor || supervisor.exitCode !== null) return;
  const ended = once(supervisor, 'exit');
  supervisor.stdin?.end();
  // Everything that it has started ends with it.
  const killer = setTimeout(() => supervisor.kill('SIGKILL'), limitMs);
  await ended;
  clearTimeout(killer);
}
