import { expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import { queueValues, renderChart } from './chart.ts';

describeWith('helm', 'the Helm chart', (helm) => {
  const one = { functions: ['site'] };
  const database = { existingSecret: 'db' };
  test.each([
    [
      'two pods on SQLite',
      { defaults: { replicas: 2 } },
      /SQLite serves a single pod.*2 replicas.*database\.existingSecret/s,
    ],
    [
      'two deployments on SQLite',
      { deployments: { a: one, b: { functions: ['logs'] } } },
      /SQLite serves a single pod.*2 deployments/s,
    ],
    [
      'a growing deployment on SQLite',
      { defaults: { autoscaling: { enabled: true } } },
      /SQLite serves a single pod.*scales/s,
    ],
    [
      'a function in two deployments',
      { database, deployments: { a: one, b: one } },
      /The function site is in two deployments, a and b/,
    ],
    [
      'workers on SQLite',
      { queue: { executor: 'bullmq', existingSecret: 'queue' } },
      /SQLite serves a single pod.*database\.existingSecret/s,
    ],
    ['workers without a queue', { database, queue: { executor: 'bullmq' } }, /queue\.existingSecret/],
    ['an executor that is no business of its', { queue: { executor: 'lambda' } }, /queue\/executor/],
    [
      'an executor beside that of the queue',
      { extraEnv: { EXECUTOR: 'bullmq' } },
      /EXECUTOR .* set queue\.executor/,
    ],
    [
      'a deployment with the name of the workers',
      { database, deployments: { worker: one } },
      /The name worker/,
    ],
    ['workers that serve functions', { ...queueValues, workers: one }, /workers/],
    [
      'the queue in a plain variable',
      { ...queueValues, workers: { env: { REDIS_URL: 'redis://:p@h' } } },
      /REDIS_URL is a secret/,
    ],
    ['pods that nobody guards', { networkPolicy: { enabled: false } }, /allowWithoutNetworkPolicy/],
    [
      'the database in a plain variable',
      { extraEnv: { DATABASE_URL: 'mysql://u:p@h/d' } },
      /DATABASE_URL is a secret/,
    ],
    [
      'a token in a plain variable',
      { defaults: { env: { JUPYTERHUB_API_TOKEN: 'x' } } },
      /JUPYTERHUB_API_TOKEN is a secret/,
    ],
    [
      'a key of S3 in a plain variable',
      { extraEnv: { AWS_SECRET_ACCESS_KEY: 'x' } },
      /AWS_SECRET_ACCESS_KEY is a secret/,
    ],
    [
      'one storage on two claims',
      { storage: { shared: { existingClaim: 'a' }, source: { existingClaim: 'b' } } },
      /storage\.shared\.existingClaim contains both/,
    ],
    ['an ingress without a host', { ingress: { enabled: true } }, /ingress\.host/],
    ['root', { podSecurityContext: { runAsUser: 0 } }, /runAsUser/],
    [
      'a function that does not exist',
      { database, deployments: { a: { functions: ['teleport'] } } },
      /functions/,
    ],
    ['a misspelt value', { databse: {} }, /databse/],
  ])('refuses %s', (_title, values, message) => {
    expect(() => renderChart(helm, values)).toThrow(message);
  });

  test('renders pods without its network policy if the values confirm that something else protects them', () => {
    const values = { networkPolicy: { enabled: false }, allowWithoutNetworkPolicy: true };
    expect(renderChart(helm, values).named('NetworkPolicy')).toEqual([]);
  });
});
