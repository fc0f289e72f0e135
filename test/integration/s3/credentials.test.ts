import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createS3Client, s3Environment } from '../../services/s3/s3Client.ts';
import type { S3Credentials } from '../../services/s3/strictS3.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('s3-strict', 'an object store that checks credentials', (s3) => {
  let directory: string;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    const admin = createS3Client({ ...s3, ...s3.admin });
    for (const Bucket of [s3.allowedBucket, s3.deniedBucket]) {
      await admin.send(new PutObjectCommand({ Bucket, Key: 'set/object', Body: 'data' }));
    }
    admin.destroy();
  });
  afterAll(() => removeDataDirectory(directory));

  /** Stages by a service with these credentials. */
  const stageAs = async (credentials: S3Credentials, source: string, target: string) => {
    const environment = s3Environment({ ...s3, ...credentials }, s3.allowedBucket, s3.deniedBucket);
    const service = await startStagingService(directory, environment);
    const answer = await clientOf(service.url).stage('local_copy', source, target);
    const output = service.output();
    await service.stop();
    expect(output).not.toContain(credentials.secretAccessKey);
    return answer;
  };

  test('credentials for a bucket allow staging from it', async () => {
    const answer = await stageAs(s3.limited, `s3://${s3.allowedBucket}/set/object`, 'allowed');
    expect(answer.staged().operation).toMatchObject({ outcome: 'staged', bytes_done: 4 });
  });

  test.each(['set/object', 'set/'])('a bucket without permission cannot be read (%s)', async (key) => {
    const answer = await stageAs(s3.limited, `s3://${s3.deniedBucket}/${key}`, 'denied');
    expect(answer.problem()).toMatchObject({ status: 403, code: 'SOURCE_UNREADABLE', retryable: false });
  });

  test.each([
    [
      'a wrong secret',
      'SignatureDoesNotMatch',
      (known: S3Credentials) => ({ ...known, secretAccessKey: 'wrong'.repeat(8) }),
    ],
    [
      'an unknown key',
      'InvalidAccessKeyId',
      (known: S3Credentials) => ({ ...known, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' }),
    ],
  ])('%s is reported as an error of the service, not of the caller', async (_what, reason, change) => {
    for (const key of ['set/object', 'set/']) {
      const answer = await stageAs(change(s3.limited), `s3://${s3.allowedBucket}/${key}`, 'wrong');
      expect(answer.problem()).toMatchObject({
        status: 502,
        code: 'OBJECT_STORE_CREDENTIALS',
        class: 'auth',
        detail: `The object store does not accept the service's credentials: ${reason}.`,
      });
    }
  });
});
