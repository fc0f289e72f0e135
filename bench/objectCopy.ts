import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Upload } from '@aws-sdk/lib-storage';
import { clientOf } from '../test/contracts/httpClient.ts';
import { awsCommandLine } from '../test/services/awsCommandLine.ts';
import { createBucket, createS3Client, type S3Address, s3Environment } from '../test/services/s3Client.ts';
import { startServices } from '../test/services/services.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/stagingService.ts';
import { report, takeTurns } from './measuring.ts';

// Compares local_copy of one object with `aws s3 cp`, from the same LocalStack, alternately.
const gibibytes = Number(process.env['GIB'] ?? 2);
const rounds = Number(process.env['ROUNDS'] ?? 3);

const run = promisify(execFile);
const services = await startServices(['localstack']);
const { localstack } = services.report.addresses;
if (!localstack) throw new Error(services.report.reasons.localstack);
const directory = await makeDataDirectory();
try {
  const bucket = await createBucket(localstack);
  await putLargeObject(localstack, bucket);
  await compare(localstack, bucket, 'with digests', {});
  await compare(localstack, bucket, 'DIGESTS=none', { DIGESTS: 'none' });
} finally {
  await removeDataDirectory(directory);
  await services.stop();
}

async function compare(
  s3: S3Address,
  bucket: string,
  title: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const service = await startStagingService(directory, { ...s3Environment(s3, bucket), ...environment });
  const aws = await awsCommandLine(s3);
  const [program, ...options] = aws.command;
  const [theirCopy, ourCopy] = [join(directory, 'peer'), join(service.userAreas, 'bench', 'object')];
  const turns = await takeTurns(rounds, service, {
    async theirs() {
      const copy = [...options, 's3', 'cp', '--only-show-errors', `s3://${bucket}/object`, theirCopy];
      await run(program, copy, { env: aws.env });
    },
    async theirSync() {
      await run('sync', [theirCopy]);
    },
    async ours() {
      const answer = await clientOf(service.url).stage(
        'local_copy',
        `s3://${bucket}/object`,
        'object',
        'bench',
      );
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async after() {
      await rm(theirCopy);
      await rm(ourCopy);
    },
  });
  await report(`one object of ${gibibytes} GiB, ${title}, against aws s3 cp`, turns, service);
  await service.stop();
}

async function putLargeObject(s3: S3Address, bucket: string): Promise<void> {
  const block = randomFillSync(Buffer.alloc(1024 ** 2));
  const blocks = Array.from({ length: gibibytes * 1024 }, () => block);
  const client = createS3Client(s3);
  const params = { Bucket: bucket, Key: 'object', Body: Readable.from(blocks, { objectMode: false }) };
  await new Upload({
    client,
    params: { ...params, ChecksumAlgorithm: 'CRC64NVME' },
    partSize: 64 * 1024 ** 2,
  }).done();
  client.destroy();
}
