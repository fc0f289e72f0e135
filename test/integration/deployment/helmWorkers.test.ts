import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import {
  configOf,
  type Deployment,
  deploymentBehind,
  environmentOf,
  queueValues,
  type Rendered,
  renderChart,
} from './chart.ts';

const manifest = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
const redisPort = 6379;

const isWorker = ({ metadata }: Deployment) => metadata.name.endsWith('-worker');

function workerOf({ deployments }: Rendered): Deployment {
  const [worker, ...more] = deployments.filter(isWorker);
  if (!worker || more.length > 0) throw new Error(`There are ${more.length + (worker ? 1 : 0)} workers`);
  return worker;
}

describeWith('helm', 'the Helm chart', (helm) => {
  test('starts no workers and lets nobody reach Redis, unless configured', () => {
    const { deployments, calledPorts, text } = renderChart(helm, { queue: { existingSecret: 'unused' } });
    expect(deployments.filter(isWorker)).toEqual([]);
    expect(calledPorts).not.toContain(redisPort);
    expect(text).not.toMatch(/redis|EXECUTOR|unused/i);
  });

  test.each(['values.yaml', 'examples/one-per-function.yaml'])(
    'with a queue and %s has workers with the image, user, volumes and settings of the service',
    (file) => {
      const rendered = renderChart(helm, { ...queueValues, extraEnv: { S3_PROXY: true } }, file);
      const worker = workerOf(rendered);
      const podOf = ({ spec }: Deployment) => spec.template.spec;
      for (const service of rendered.deployments.filter((deployment) => deployment !== worker)) {
        for (const field of ['securityContext', 'volumes', 'terminationGracePeriodSeconds'] as const)
          expect(podOf(worker)[field]).toEqual(podOf(service)[field]);
        for (const field of ['image', 'securityContext', 'volumeMounts', 'ports'] as const)
          expect(podOf(worker).containers[0][field]).toEqual(podOf(service).containers[0][field]);
        const { FUNCTIONS: _functions, ALLOW_INSECURE: _insecure, ...common } = environmentOf(service);
        const { WORKER_PORT: _port, ...settings } = environmentOf(worker);
        expect(settings).toEqual(common);
        expect(configOf(service)).toMatchObject({ executor: 'bullmq', queue: { name: 'staging' } });
      }
      expect(podOf(worker).containers[0].command?.join(' ')).toBe(manifest.scripts.worker);
    },
  );

  test('probes workers at the port on which they answer', () => {
    const worker = workerOf(renderChart(helm, queueValues));
    const [{ ports, startupProbe, livenessProbe, readinessProbe }] = worker.spec.template.spec.containers;
    expect(ports).toEqual([{ name: 'http', containerPort: configOf(worker).workerPort }]);
    const probes = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
    expect(probes).toEqual(['/healthz', '/healthz', '/readyz'].map((path) => ({ path, port: 'http' })));
  });

  test('gives workers their own values, and the defaults otherwise', () => {
    const resources = { requests: { cpu: '2' } };
    const defaults = { resources: { limits: { memory: '3Gi' } }, env: { CONCURRENCY: 3 } };
    const workers = { replicas: 7, resources, env: { DIGESTS: 'md5' } };
    const worker = workerOf(renderChart(helm, { ...queueValues, defaults, workers }));
    expect(worker.spec.replicas).toBe(7);
    expect(worker.spec.template.spec.containers[0].resources).toMatchObject({
      requests: { cpu: '2' },
      limits: { memory: '3Gi' },
    });
    expect(configOf(worker)).toMatchObject({ concurrency: 3, digests: ['md5'] });
  });

  test('scales workers automatically', () => {
    const workers = { autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 20 } };
    const rendered = renderChart(helm, { ...queueValues, workers });
    const { name } = workerOf(rendered).metadata;
    expect(rendered.autoscalers.map(({ spec }) => spec)).toMatchObject([
      { scaleTargetRef: { name }, minReplicas: 2, maxReplicas: 20 },
    ]);
    expect(workerOf(rendered).spec.replicas).toBeUndefined();
  });

  test('lets the pods reach Redis, at the configured port, or not at all', () => {
    const calledPorts = (redis: object | null) =>
      renderChart(helm, { ...queueValues, networkPolicy: { egress: { redis } } }).calledPorts;
    expect(calledPorts({})).toContain(redisPort);
    expect(calledPorts({ ports: [7000] })).toContain(7000);
    expect(calledPorts(null)).not.toContain(redisPort);
  });

  test('makes Prometheus find workers like the service, and sends them no requests', () => {
    const ingress = { enabled: true, host: 'staging.example.org' };
    const metrics = { serviceMonitor: { enabled: true } };
    const rendered = renderChart(helm, { ...queueValues, ingress, metrics });
    const { name } = workerOf(rendered).metadata;
    expect(deploymentBehind(rendered, name)).toBe(workerOf(rendered));
    const labels = rendered.services.find(({ metadata }) => metadata.name === name)?.metadata.labels;
    expect(labels).toMatchObject(rendered.serviceMonitors[0]?.spec.selector.matchLabels ?? { none: 'none' });
    const backends = rendered.ingressPaths.map(({ backend }) => backend.service.name);
    expect(backends).not.toContain(name);
  });
});
