import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pLimit from 'p-limit';
import { clientOf } from '../test/contracts/httpClient.ts';
import { awsCommandLine } from '../test/services/awsCommandLine.ts';
import { ensureDebianPackages } from '../test/services/debianPackages.ts';
import { createBucket, createS3Client, type S3Address, s3Environment } from '../test/services/s3Client.ts';
import { startServices } from '../test/services/services.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/stagingService.ts';
import { report, takeTurns } from './measuring.ts';

// Compares local_copy of one object, and of many small ones beneath a prefix, with other programs that copy them from
// the same store, alternately. Stores and programs that are not available are left out, with the reason.
const gibibytes = Number(process.env['GIB'] ?? 2);
const files = Number(process.env['FILES'] ?? 2000);
const rounds = Number(process.env['ROUNDS'] ?? 5);
const stores = (process.env['STORES'] ?? 'versitygw,localstack').split(',');

/** A program that copies an object, or all objects beneath a prefix. */
interface Peer {
  readonly title: string;
  copy(source: string, target: string, isPrefix: boolean): Promise<unknown>;
}

const run = promisify(execFile);
const services = await startServices(['versitygw', 'localstack']);
const { addresses, reasons } = services.report;
const directory = await makeDataDirectory();
try {
  for (const store of ['versitygw', 'localstack'] as const) {
    const address = addresses[store];
    if (!stores.includes(store)) continue;
    if (address) await compareAll(store, address);
    else say(`${store} is left out: ${reasons[store]}`);
  }
} finally {
  await removeDataDirectory(directory);
  await services.stop();
}

async function compareAll(store: string, s3: S3Address): Promise<void> {
  const bucket = await createBucket(s3);
  await putObjects(s3, bucket);
  for (const findPeer of [findAws, findRclone]) {
    const peer = await findPeer(s3).catch((error: unknown) => say(`A peer is left out: ${error}`));
    if (!peer) continue;
    const title = (what: string) => `${what} from ${store}, against ${peer.title}`;
    const compareWith = (what: string, key: string, environment: NodeJS.ProcessEnv) =>
      compare(title(what), peer, { s3, bucket, key, environment });
    await compareWith(`one object of ${gibibytes} GiB`, 'object', {});
    await compareWith(`one object of ${gibibytes} GiB, DIGESTS=none,`, 'object', { DIGESTS: 'none' });
    await compareWith(`${files} objects of 16 KiB`, 'many/', {});
  }
}

async function compare(
  title: string,
  peer: Peer,
  source: { s3: S3Address; bucket: string; key: string; environment: NodeJS.ProcessEnv },
): Promise<void> {
  const { s3, bucket, key, environment } = source;
  const service = await startStagingService(directory, { ...s3Environment(s3, bucket), ...environment });
  const [theirCopy, ourCopy] = [join(directory, 'peer'), join(service.userAreas, 'bench', 'copy')];
  const isPrefix = key.endsWith('/');
  const turns = await takeTurns(rounds, service, {
    theirs: async () => void (await peer.copy(`${bucket}/${key}`, theirCopy, isPrefix)),
    theirSync: async () => void (await run('sync', isPrefix ? ['--file-system', theirCopy] : [theirCopy])),
    async ours() {
      const answer = await clientOf(service.url).stage(
        'local_copy',
        `s3://${bucket}/${key}`,
        'copy',
        'bench',
      );
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async after() {
      await rm(theirCopy, { recursive: true });
      await run('chmod', ['-R', 'u+w', ourCopy]);
      await rm(ourCopy, { recursive: true });
    },
  });
  await report(title, turns, service);
  await service.stop();
}

async function findAws(s3: S3Address): Promise<Peer> {
  const { command, env } = await awsCommandLine(s3);
  const [program, ...options] = command;
  return {
    title: 'aws s3 cp',
    copy: (source, target, isPrefix) =>
      run(
        program,
        [
          ...options,
          's3',
          'cp',
          '--only-show-errors',
          ...(isPrefix ? ['--recursive'] : []),
          `s3://${source}`,
          target,
        ],
        { env },
      ),
  };
}

async function findRclone(s3: S3Address): Promise<Peer> {
  await ensureDebianPackages('comparing with rclone', 'rclone');
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
    title: 'rclone',
    copy: (source, target, isPrefix) =>
      run('rclone', [isPrefix ? 'copy' : 'copyto', `store:${source}`, target], { env }),
  };
}

async function putObjects(s3: S3Address, bucket: string): Promise<void> {
  const client = createS3Client(s3);
  const block = randomFillSync(Buffer.alloc(1024 ** 2));
  const blocks = Array.from({ length: gibibytes * 1024 }, () => block);
  const params = { Bucket: bucket, Key: 'object', Body: Readable.from(blocks, { objectMode: false }) };
  await new Upload({
    client,
    params: { ...params, ChecksumAlgorithm: 'CRC64NVME' },
    partSize: 64 * 1024 ** 2,
  }).done();
  const small = block.subarray(0, 16 * 1024);
  const keys = Array.from({ length: files }, (_, index) => `many/${index}`);
  await pLimit(20).map(keys, (Key) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: small })),
  );
  client.destroy();
}

function say(line: string): undefined {
  process.stdout.write(`${line}\n`);
}
