import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';

const lambda = {
  AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/25/[$LATEST]f77ff5e4026c45bda9a9ebcec6bc9cad',
};

test('on AWS Lambda everything lies where something may lie, and no log file is kept', () => {
  expect(parseConfig(lambda)).toMatchObject({
    dataDirectory: '/tmp/ska-staging-service',
    logFile: undefined,
    instance: lambda.AWS_LAMBDA_LOG_STREAM_NAME,
  });
});

test('on AWS Lambda, too, settings are what they are set to', () => {
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
