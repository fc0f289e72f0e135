import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../daemon.ts';
import { freePort } from '../freePort.ts';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';
import type { S3Address } from '../s3/s3Client.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';

/**
 * Starts LocalStack's S3 on this machine alone, without any network access. It accepts every caller, with any
 * credentials; it checks the signature only in presigned URLs, which these credentials create.
 */
export async function startLocalStack(directory: ServicesDirectory): Promise<RunningService<S3Address>> {
  const python = await pythonEnvironment('LocalStack', 's3.txt');
  const home = join(directory.path, 'localstack');
  const temporary = join(home, 'tmp');
  await mkdir(temporary, { recursive: true });
  const port = await freePort();
  const stop = await startDaemon({
    directory,
    command: [python, fileURLToPath(new URL('localstack_server.py', import.meta.url))],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: temporary,
      FILESYSTEM_ROOT: join(home, 'filesystem'),
      // Otherwise it writes to /etc and /var if this machine looks like a container.
      OVERRIDE_IN_DOCKER: '0',
      SERVICES: 's3',
      // For an IPv4 address it listens on all interfaces, for an IPv6 address only on that: this is 127.0.0.1 as one.
      GATEWAY_LISTEN: `[::ffff:127.0.0.1]:${port}`,
      LOCALSTACK_HOST: `127.0.0.1:${port}`,
      DISABLE_EVENTS: '1',
      DNS_ADDRESS: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      S3_SKIP_SIGNATURE_VALIDATION: '0',
    },
    logFile: join(home, 'localstack.log'),
    readyLine: 'Ready.',
    stopSignal: 'SIGKILL',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    address: { endpoint, region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test' },
    stop,
  };
}
