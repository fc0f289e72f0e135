import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

declare global {
  /** Kept for globalTeardown.ts, which Jest loads apart from this file. */
  var supervisor: ChildProcess | undefined;
}

/**
 * Jest's hook before the first suite: lets suites ask for real parts, of which each is started once for the whole run,
 * when the first suite asks for it. `SERVICES` narrows what they can have (`SERVICES=mariadb npm test`).
 * Workers inherit in the environment where they can ask; `describeWith` does it.
 */
export default async function globalSetup(): Promise<void> {
  const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  // Its own process group: Ctrl-C in the terminal ends us, and with us its input, upon which it stops what it started.
  const supervisor = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  globalThis.supervisor = supervisor;
  const ended = once(supervisor, 'exit').then(() =>
    Promise.reject(new Error('The services cannot be started')),
  );
  const [requests] = await Promise.race([once(createInterface(supervisor.stdout), 'line'), ended]);
  process.env['SERVICES_REQUESTS'] = requests;
}
