import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

/** The temporary directory of one run's services. */
export interface ServicesDirectory {
  readonly path: string;
  /** Passed to every daemon as descriptor 3. The directory is removed when its last holder has ended. */
  readonly lifeline: Writable;
  /** Releases the directory and waits until it is removed; call it when every daemon has stopped. */
  remove(): Promise<void>;
}

/**
 * Creates a fresh directory whose removal does not depend on a clean exit of this process: a shell outside our process
 * group waits for the end of its input, which comes when we and all daemons have ended, even by SIGKILL, and then
 * unmounts everything in it and removes it.
 */
export async function makeServicesDirectory(): Promise<ServicesDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'ska-staging-services-'));
  const janitor = spawn(
    'sh',
    ['-c', 'cat > /dev/null; umount --recursive "$1"/*; rm -rf -- "$1"', 'janitor', path],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  );
  await once(janitor, 'spawn');
  janitor.unref();
  const remove = async () => {
    janitor.ref();
    const removed = once(janitor, 'exit');
    janitor.stdin.destroy();
    await removed;
  };
  return { path, lifeline: janitor.stdin, remove };
}
