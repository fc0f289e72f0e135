import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { parseLog } from '../../../shared/storage/io/checkpointLog.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createBucket, createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import { type Fault, type SeenRequest, startFaultProxy } from '../../services/staging/faultProxy.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';
import { listing, startAttempt, whenLogged } from '../resume/attempts.ts';
import { checkpointBytes } from '../resume/checkpointBytes.ts';

/** The size of an object's ranges in bytes. */
const rangeBytes = 4 * 1024 ** 2;
const ranges = 12;

describeWith('localstack', 'the copy of an object', (localstack) => {
  test('that was killed requests only the rest', async () => {
    const s3 = createS3Client(localstack);
    const bucket = await createBucket(localstack);
    const directory = await makeDataDirectory();
    await mkdir(join(directory, 'user_areas', 'rosa'));
    const bytes = randomBytes(ranges * rangeBytes);
    const object = { Bucket: bucket, Key: 'large', Body: bytes, ChecksumAlgorithm: 'CRC32' } as const;
    await s3.send(new PutObjectCommand(object));
    const isRange = ({ method, path }: SeenRequest) => method === 'GET' && path.includes('large');
    let answered = 0;
    // Without the last two no copy ends, however often a range is requested again.
    let maxAnswered = ranges - 2;
    const decide = async (request: SeenRequest): Promise<Fault> => {
      if (!isRange(request)) return 'none';
      answered += 1;
      return answered > maxAnswered ? 'hold' : 'none';
    };
    await using proxy = await startFaultProxy(localstack.endpoint, decide);
    const environment = { ...s3Environment(localstack, bucket), S3_ENDPOINT: proxy.url };
    const start = (attempt: number) => startAttempt(directory, attempt, `s3://${bucket}/large`, environment);
    const first = start(1);
    const { log } = await whenLogged(directory, 2);
    await first.kill();
    const stretches = parseLog(await readFile(log, 'latin1'))?.states.length ?? 0;

    [answered, maxAnswered] = [0, Number.POSITIVE_INFINITY];
    const ended = await start(2).ended();
    expect(ended).toMatchObject({ error: null, bytesDone: bytes.length });
    expect(answered).toBe(ranges - stretches * (checkpointBytes / rangeBytes));
    expect(ended.digests?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect((await readFile(join(directory, 'user_areas', 'rosa', 'copy'))).equals(bytes)).toBe(true);
    expect(await listing(directory)).toEqual(['copy']);
    s3.destroy();
    await removeDataDirectory(directory);
  });
});
