import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../daemon.ts';
import { freePort } from '../freePort.ts';
import { goProgram } from '../install/goProgram.ts';
import type { RunningService } from '../runningService.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';
import type { S3Address } from './s3Client.ts';

/** Starts the Versity gateway, a fast S3 over a folder, which checks the signatures of all requests. */
export async function startVersityGateway(directory: ServicesDirectory): Promise<RunningService<S3Address>> {
  const program = await goProgram(
    'the Versity gateway',
    'github.com/versity/versitygw/cmd/versitygw',
    'v1.8.0',
  );
  const home = join(directory.path, 'versitygw');
  const storage = join(home, 'storage');
  await mkdir(storage, { recursive: true });
  const [accessKeyId, secretAccessKey] = ['versity', 'secret-of-versity'];
  const port = await freePort();
  const stop = await startDaemon({
    directory,
    command: [program, '--port', `127.0.0.1:${port}`, 'posix', storage],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      ROOT_ACCESS_KEY: accessKeyId,
      ROOT_SECRET_KEY: secretAccessKey,
    },
    logFile: join(home, 'versitygw.log'),
    readyLine: `127.0.0.1:${port}`,
    stopSignal: 'SIGKILL',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return { address: { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey }, stop };
}
