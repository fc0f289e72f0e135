import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

declare global {
  /** Kept for globalTeardown.ts, which Jest loads separately. */
  var supervisor: ChildProcess | undefined;
}

/**
 * Jest's hook before the first suite: lets suites request real services, each of which is started once for the whole
 * run, when the first suite requests it. `SERVICES` restricts them (`SERVICES=mariadb npm test`). Workers inherit the
 * address for requests in the environment; `describeWith` uses it.
 */
export default async function globalSetup(): Promise<void> {
  const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  // A separate process group: Ctrl-C in the terminal ends us, which closes its input, and then it stops its services.
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
