import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pLimit from 'p-limit';
import { clientOf } from '../test/contracts/httpClient.ts';
import { ensureDebianPackages } from '../test/services/install/debianPackages.ts';
import { awsCommandLine } from '../test/services/s3/awsCommandLine.ts';
import { createBucket, createS3Client, type S3Address, s3Environment } from '../test/services/s3/s3Client.ts';
import { type Bench, benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { largeContent } from './harness/files.ts';
import { timedWithCpu, timedWithSync } from './harness/measuring.ts';
import { type OwnProgram, startOurs } from './harness/programs.ts';

// Copies one object, and many small ones beneath a prefix, compared with other programs that copy them from the same
// store, and sync, because ours are synced when the service answers.
const gibibytes = sizeOf('GIB', 2);
const files = sizeOf('FILES', 2000);
const stores = (process.env['STORES'] ?? 'versitygw,localstack').split(',');

/** A program that copies an object, or all objects beneath a prefix. */
interface Command {
  readonly name: string;
  copy(source: string, target: string, isPrefix: boolean): Promise<unknown>;
}

const run = promisify(execFile);

await benchmark('objectCopy', async (bench) => {
  for (const store of ['versitygw', 'localstack'] as const) {
    const address = stores.includes(store) ? await bench.service(store) : undefined;
    if (address) await compareAll(bench, store, address);
  }
});

async function compareAll(bench: Bench, store: string, s3: S3Address): Promise<void> {
  const bucket = await createBucket(s3);
  await putObjects(s3, bucket);
  const commands = [
    await findAws(bench, s3).catch((error: unknown) => bench.leaveOut(`aws s3 cp: ${error}`)),
    await findRclone(bench, s3).catch((error: unknown) => bench.leaveOut(`rclone: ${error}`)),
  ].filter((command) => command !== undefined);
  const environment = s3Environment(s3, bucket);
  const ours = await startOurs(bench, `ours, ${store}`, environment);
  const withoutDigests = await startOurs(bench, `ours, ${store}, DIGESTS=none`, {
    ...environment,
    DIGESTS: 'none',
  });
  const compare = (what: string, key: string, programs: Readonly<Record<string, OwnProgram>>) =>
    bench.compare({
      what: `${what} copied from ${store}`,
      shown: ['seconds', 'cpuSeconds'],
      warmsUp: false,
      contenders: [
        ...Object.entries(programs).map(([name, program]) => stage(name, program, `s3://${bucket}/${key}`)),
        ...commands.map((command) => copyBy(command, `${bucket}/${key}`, join(bench.directory, 'peer'))),
      ],
    });
  await compare(`an object of ${gibibytes} GiB`, 'object', {
    ours,
    'ours, DIGESTS=none': withoutDigests,
  });
  await compare(`${files.toLocaleString('en')} objects of 16 KiB`, 'many/', { ours });
}

function stage(name: string, { origin, pid, service }: OwnProgram, source: string): Contender {
  const copy = join(service.userAreas, 'bench', 'copy');
  return {
    name,
    async turn() {
      const spent = await timedWithCpu(pid, async () => {
        const answer = await clientOf(origin).stage('local_copy', source, 'copy', 'bench');
        if (answer.status !== 200) throw new Error(answer.text);
      });
      await run('chmod', ['-R', 'u+w', copy]);
      await rm(copy, { recursive: true });
      return { ...spent, unsyncedSeconds: spent.seconds };
    },
  };
}

function copyBy({ name, copy }: Command, source: string, target: string): Contender {
  const isPrefix = source.endsWith('/');
  return {
    name: `${name} and sync`,
    isPeer: true,
    async turn() {
      const spent = await timedWithSync(() => copy(source, target, isPrefix), target, isPrefix);
      await rm(target, { recursive: true });
      return spent;
    },
  };
}

async function findAws(bench: Bench, s3: S3Address): Promise<Command> {
  const { command, env } = await awsCommandLine(s3);
  const [program, ...options] = command;
  await bench.addVersion('aws', program, ...options, '--version');
  const copy = [...options, 's3', 'cp', '--only-show-errors'];
  return {
    name: 'aws s3 cp',
    copy: (source, target, isPrefix) =>
      run(program, [...copy, ...(isPrefix ? ['--recursive'] : []), `s3://${source}`, target], { env }),
  };
}

async function findRclone(bench: Bench, s3: S3Address): Promise<Command> {
  await ensureDebianPackages('comparing with rclone', 'rclone');
  await bench.addVersion('rclone', 'rclone', '--version');
  const env = {
    PATH: '/usr/bin:/bin',
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: s3.endpoint,
    RCLONE_CONFIG_STORE_REGION: s3.region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: s3.accessKeyId,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
  return {
    name: 'rclone',
    copy: (source, target, isPrefix) =>
      run('rclone', [isPrefix ? 'copy' : 'copyto', `store:${source}`, target], { env }),
  };
}

async function putObjects(s3: S3Address, bucket: string): Promise<void> {
  const client = createS3Client(s3);
  const params = { Bucket: bucket, Key: 'object', Body: largeContent(gibibytes * 1024) };
  await new Upload({
    client,
    params: { ...params, ChecksumAlgorithm: 'CRC64NVME' },
    partSize: 64 * 1024 ** 2,
  }).done();
  const small = Buffer.alloc(16 * 1024, 'small');
  const keys = Array.from({ length: files }, (_, index) => `many/${index}`);
  await pLimit(20).map(keys, (Key) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: small })),
  );
  client.destroy();
}
