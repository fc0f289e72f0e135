import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../daemon.ts';
import { freePort } from '../freePort.ts';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';
import { createBucket, type S3Address } from './s3Client.ts';

/** An S3 that authenticates and authorises its callers. */
export interface StrictS3 {
  readonly endpoint: string;
  readonly region: string;
  /** May do everything. */
  readonly admin: S3Credentials;
  /** May do everything except with `deniedBucket`. */
  readonly limited: S3Credentials;
  readonly allowedBucket: string;
  readonly deniedBucket: string;
}

/** The credentials with which a user of an S3 signs requests. */
export type S3Credentials = Pick<S3Address, 'accessKeyId' | 'secretAccessKey'>;

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };

/**
 * Starts Moto, which checks the signature of each request and the policies of its user once these exist; LocalStack
 * does neither. It keeps objects in memory, and answers 500 to presigned URLs and to requests without a signature.
 */
export async function startStrictS3(directory: ServicesDirectory): Promise<RunningService<StrictS3>> {
  const python = await pythonEnvironment('Moto', 's3.txt');
  const home = join(directory.path, 's3-strict');
  await mkdir(home);
  const program = fileURLToPath(new URL('moto_server.py', import.meta.url));
  const port = await freePort();
  const stop = await startDaemon({
    directory,
    command: [python, program, '--host=127.0.0.1', `--port=${port}`],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: home, TMPDIR: home },
    logFile: join(home, 'moto.log'),
    readyLine: 'Running on',
    stopSignal: 'SIGKILL',
  });
  try {
    return { address: await populate(`http://127.0.0.1:${port}`), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function populate(endpoint: string): Promise<StrictS3> {
  const region = 'us-east-1';
  const [allowedBucket, deniedBucket] = ['allowed', 'denied'];
  const denied = { Effect: 'Deny', Action: 's3:*', Resource: bucketResources(deniedBucket) };
  const admin = await createUser(endpoint, 'admin', [ALLOW_ALL]);
  const limited = await createUser(endpoint, 'limited', [ALLOW_ALL, denied]);
  await Promise.all(
    [allowedBucket, deniedBucket].map((name) => createBucket({ endpoint, region, ...admin }, name)),
  );
  await request(`${endpoint}/moto-api/reset-auth`, '0');
  return { endpoint, region, admin, limited, allowedBucket, deniedBucket };
}

function bucketResources(bucket: string): string[] {
  return [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
}

async function createUser(endpoint: string, UserName: string, Statement: object[]): Promise<S3Credentials> {
  const policy = {
    PolicyName: 'policy',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  };
  await callIam(endpoint, { Action: 'CreateUser', UserName });
  await callIam(endpoint, { Action: 'PutUserPolicy', UserName, ...policy });
  const answer = await callIam(endpoint, { Action: 'CreateAccessKey', UserName });
  return {
    accessKeyId: elementText(answer, 'AccessKeyId'),
    secretAccessKey: elementText(answer, 'SecretAccessKey'),
  };
}

/** Unsigned, because nothing is checked yet; the header only names the service. */
function callIam(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const Authorization = 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/iam/aws4_request';
  return request(endpoint, new URLSearchParams(parameters), { Authorization });
}

async function request(url: string, body: string | URLSearchParams, headers = {}): Promise<string> {
  const response = await fetch(url, { method: 'POST', body, headers });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${answer}`);
  return answer;
}

function elementText(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`There is no ${element} in ${xml}`);
  return text;
}
