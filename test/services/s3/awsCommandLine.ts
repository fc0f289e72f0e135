import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { S3Address } from './s3Client.ts';

/**
 * The command prefix of `aws`: append a service, an action and its arguments, such as `s3`, `cp`, a source and a
 * target.
 */
export interface AwsCommandLine {
  readonly command: [program: string, ...args: string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** AWS's own command line, with default settings regardless of the user's, for an S3 and with its credentials. */
export async function awsCommandLine(s3: S3Address): Promise<AwsCommandLine> {
  const python = await pythonEnvironment('the AWS command line', 's3.txt');
  return {
    command: [python, '-m', 'awscli', '--endpoint-url', s3.endpoint],
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_DEFAULT_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  };
}
