import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';

const lambda = {
  AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/25/[$LATEST]f77ff5e4026c45bda9a9ebcec6bc9cad',
};

test('on AWS Lambda all paths are writable, and no log file is kept', () => {
  expect(parseConfig(lambda)).toMatchObject({
    dataDirectory: '/tmp/ska-staging-service',
    logFile: undefined,
    instance: lambda.AWS_LAMBDA_LOG_STREAM_NAME,
  });
});

test('on AWS Lambda, too, explicit settings apply', () => {
  const config = parseConfig({ ...lambda, DATA_DIR: '/mnt/staging', LOG_FILE: 'staging.log' });
  expect(config).toMatchObject({
    dataDirectory: '/mnt/staging',
    logFile: { path: '/mnt/staging/staging.log' },
  });
});

test('an emulator of AWS Lambda keeps its log in the data directory', () => {
  const { AWS_LAMBDA_RUNTIME_API: _, ...emulated } = lambda;
  const config = parseConfig({ ...emulated, DATA_DIR: '/srv/staging' });
  expect(config.logFile?.path).toBe('/srv/staging/staging_service.log');
  expect(config.instance).toBeUndefined();
});

test('a bandwidth limit is a positive whole number of bytes per second', () => {
  expect(parseConfig({}).bandwidthLimit).toBeUndefined();
  expect(parseConfig({ BANDWIDTH_LIMIT: '100000000' }).bandwidthLimit).toBe(100_000_000);
  for (const wrong of ['0', '-1', '1.5', '10M', 'fast']) {
    expect(() => parseConfig({ BANDWIDTH_LIMIT: wrong })).toThrow(
      `BANDWIDTH_LIMIT is "${wrong}", and must be a whole number of bytes per second from 1`,
    );
  }
});

test('a function that invokes itself must know its own name', () => {
  expect(() => parseConfig({ EXECUTOR: 'lambda' })).toThrow(
    'EXECUTOR is "lambda", and must be in-process or bullmq where AWS_LAMBDA_FUNCTION_NAME is not set',
  );
  const config = parseConfig({
    ...lambda,
    EXECUTOR: 'lambda',
    AWS_LAMBDA_FUNCTION_NAME: 'ska-staging-service-prod-stageLocal',
    AWS_REGION: 'eu-west-2',
  });
  expect(config.invocation).toEqual({
    functionName: 'ska-staging-service-prod-stageLocal',
    region: 'eu-west-2',
    endpoint: undefined,
  });
});

const settingsWithSecrets = {
  JUPYTERHUB_API_TOKEN: '0123456789abcdef',
  DATABASE_URL: 'mysql://root:hunter2@db/staging',
  REDIS_URL: 'redis://:hunter2@redis:6379',
};

test('a proxy that sends files itself must be a trusted one', () => {
  const settings = { SENDFILE_HEADER: 'X-Accel-Redirect', SOURCE_STORAGE_PATH: '/mnt/data' };
  expect(() => parseConfig(settings)).toThrow(
    'TRUSTED_PROXIES is not set, and must be a comma-separated list',
  );
  const sendfile = (more: Record<string, string>) =>
    parseConfig({ ...settings, TRUSTED_PROXIES: '10.0.0.5', ...more }).download.sendfile;
  expect(sendfile({})).toEqual({ header: 'X-Accel-Redirect', prefix: '/_storage' });
  expect(sendfile({ SENDFILE_PREFIX: '/files/' })).toMatchObject({ prefix: '/files' });
  expect(sendfile({ SENDFILE_HEADER: 'X-Sendfile' })).toMatchObject({ prefix: '/mnt/data' });
});

test.each(
  Object.entries(settingsWithSecrets).flatMap(([name, value]) =>
    ['\n', '\r\n', '\0', '\u007f'].map((character) => [name, value, character] as const),
  ),
)('%s with a control character is refused and not shown', (name, value, character) => {
  expect(() => parseConfig({ EXECUTOR: 'bullmq', ...settingsWithSecrets })).not.toThrow();
  const given = `${value.slice(0, 12)}${character}${value.slice(12)}`;
  const parse = () => parseConfig({ EXECUTOR: 'bullmq', ...settingsWithSecrets, [name]: given });
  expect(parse).toThrow(new RegExp(`^${name} is invalid, and must be`));
});

test.each(['0123456789abcdef0123456789abcdef', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_', 'a~b+c/d=='])(
  '%s may be a token',
  (token) => {
    expect(parseConfig({ JUPYTERHUB_API_TOKEN: token }).jupyterHub.token?.reveal()).toBe(token);
  },
);

test.each(['two words', 'a=b', '"quoted"', 'ä', '='])('%s is not a token', (token) => {
  expect(() => parseConfig({ JUPYTERHUB_API_TOKEN: token })).toThrow('JUPYTERHUB_API_TOKEN is invalid');
});

describe.each(['JUPYTERHUB_URL', 'S3_ENDPOINT', 'LAMBDA_ENDPOINT'])('%s', (name) => {
  test.each([
    'http://user:hunter2@host/path',
    'https://hunter2@host:8080',
    'http://user:hunter2%40@host',
    'http://user:hun@ter2@host',
    'http:user:hunter2@host',
    'http:///user:hunter2@host',
    'http:\\\\user:hunter2@host',
  ])('with a user in it is refused, and the password is not shown: %s', (url) => {
    const parse = () => parseConfig({ [name]: url });
    expect(parse).toThrow(
      new RegExp(`^${name} is "…@host.*", and must be an http:// or https:// URL without a`),
    );
    expect(parse).not.toThrow('hunter2');
  });

  test.each(['http://host:8080/hub@site', 'https://[::1]:9000', 'http://host?a=@'])('may be %s', (url) => {
    expect(() => parseConfig({ [name]: url })).not.toThrow();
  });
});
