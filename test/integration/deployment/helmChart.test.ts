import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig } from '../../../shared/config/config.ts';
import { checkManifests, type DeploymentChecks } from '../../services/deploymentChecks.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  chartDirectory,
  configOf,
  deploymentBehind,
  environmentOf,
  queueValues,
  renderChart,
} from './chart.ts';

const onePerFunction = 'examples/one-per-function.yaml';
const allFunctions = parseConfig({}).functions;

/** Values that use all features of the chart. */
const everything = {
  image: { repository: 'registry.example.org/staging', tag: '9.9.9', pullSecrets: ['registry'] },
  deployments: {
    copies: { functions: ['stageLocal', 'stageSymlink'], replicas: 3, nodeSelector: { disk: 'fast' } },
    rest: {
      functions: allFunctions.filter((name) => !['stageLocal', 'stageSymlink'].includes(name)),
      autoscaling: { enabled: true, minReplicas: 2 },
      env: { CONCURRENCY: 4 },
      tolerations: [{ key: 'storage', operator: 'Exists' }],
    },
  },
  extraEnv: { LOGGING_LEVEL: 'DEBUG', S3_PROXY: true },
  database: { existingSecret: 'db', key: 'url' },
  jupyterHub: { url: 'http://hub.example.org', existingSecret: 'hub', key: 'token' },
  rucio: { auth: 'oidc', existingSecret: 'rucio', key: 'secret' },
  s3: { existingSecret: 's3' },
  storage: { shared: { existingClaim: 'both', mountPath: '/pool' } },
  podSecurityContext: { runAsUser: 2000, runAsGroup: 3000, supplementalGroups: [4000] },
  shutdownTimeout: 3600,
  ingress: {
    enabled: true,
    className: 'nginx',
    host: 'a.example.org',
    tlsSecret: 'tls',
    annotations: { a: 'b' },
  },
  networkPolicy: { egress: { s3: null, database: { to: [{ ipBlock: { cidr: '10.0.0.7/32' } }] } } },
  metrics: { annotations: true, from: [{ podSelector: { matchLabels: { app: 'prometheus' } } }] },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' } },
  podLabels: { 'hub.jupyter.org/network-access-proxy-http': 'true' },
  podAnnotations: { a: 'b' },
};

/** Values that use all features of the chart for workers. */
const workers = {
  queue: { executor: 'bullmq', existingSecret: 'redis', key: 'url', name: 'site-a' },
  workers: {
    autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 30 },
    resources: { requests: { cpu: '2' } },
    env: { CONCURRENCY: 16 },
    nodeSelector: { disk: 'fast' },
  },
};

describeWith('helm', 'the Helm chart', (helm) => {
  const variants = [
    ['the default values', {}, 'values.yaml'],
    ['one deployment per function', {}, onePerFunction],
    ['all that the chart can do', everything, 'values.yaml'],
    ['workers', queueValues, 'values.yaml'],
    ['workers, and one deployment per function', queueValues, onePerFunction],
    ['workers, and all that the chart can do', { ...everything, ...workers }, 'values.yaml'],
  ] as const;

  describe.each(variants)('with %s', (_title, values, file) => {
    test('lints clean', () => {
      const parameters = [
        'lint',
        '--strict',
        '--kube-version=1.34.0',
        '--values',
        chartDirectory + file,
        '--values=-',
      ];
      const options = { input: JSON.stringify(values), encoding: 'utf8' } as const;
      expect(execFileSync(helm.program, [...parameters, chartDirectory], options)).toContain(
        '0 chart(s) failed',
      );
    });

    describeWith('deployment-checks', 'and the schemas of Kubernetes', (checks) => {
      test.each(['1.29', '1.34', '1.37'])('is valid for release %s', async (release) => {
        expect(await complaintsOf(checks, release, renderChart(helm, values, file).text)).toBe('');
      });
    });

    test('has pods that conform to the Pod Security Standard "restricted", without a token and with a read-only root', () => {
      for (const { spec } of renderChart(helm, values, file).deployments) {
        const pod = spec.template.spec;
        const seccompProfile = { type: 'RuntimeDefault' };
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile });
        expect(pod.securityContext['runAsUser']).toBeGreaterThan(0);
        // The user of most notebook images.
        expect(pod.securityContext['runAsUser']).not.toBe(1000);
        expect(pod.containers[0].securityContext).toEqual({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          seccompProfile,
        });
        expect(pod.automountServiceAccountToken).toBe(false);
        const allowed = ['emptyDir', 'persistentVolumeClaim', 'secret'];
        for (const { name: _name, ...source } of pod.volumes)
          expect(allowed).toContain(Object.keys(source)[0]);
        const writable = pod.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
        expect(writable).toEqual(expect.arrayContaining(['/tmp', '/data']));
      }
    });

    test('gives pods valid settings, and more time to end than the service needs', () => {
      for (const deployment of renderChart(helm, values, file).deployments) {
        const config = configOf(deployment);
        expect(config.isInsecureAllowed).toBe('FUNCTIONS' in environmentOf(deployment));
        const grace = deployment.spec.template.spec.terminationGracePeriodSeconds;
        expect(grace * 1000).toBeGreaterThan(config.shutdownTimeoutMs + 10_000);
      }
    });

    test('configures the public URLs of pods: at the ingress, and by port-forward', () => {
      const { deployments, named } = renderChart(helm, values, file);
      const hosts = named('Ingress').length > 0 ? [/^https:\/\/(a|staging)\.example\.org\/$/] : [];
      for (const deployment of deployments) {
        expect(configOf(deployment).publicUrls.map(({ href }) => href)).toEqual([
          ...hosts.map((host) => expect.stringMatching(host)),
          'http://127.0.0.1:8000/',
          'http://localhost:8000/',
        ]);
      }
    });

    test('mounts each secret as a file, and puts none into a variable', () => {
      for (const deployment of renderChart(helm, values, file).deployments) {
        const pod = deployment.spec.template.spec;
        const mounts = pod.containers[0].volumeMounts;
        const secrets = pod.volumes.filter((volume) => 'secret' in volume);
        const files = Object.entries(environmentOf(deployment)).filter(([name]) => name.endsWith('_FILE'));
        expect(files).toHaveLength(secrets.length);
        for (const [, path] of files) {
          const mount = mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
          expect(secrets.map(({ name }) => name)).toContain(mount?.name);
        }
        expect(Object.keys(environmentOf(deployment)).join()).not.toMatch(
          /(DATABASE|REDIS)_URL(,|$)|TOKEN(,|$)|SECRET(,|$)/,
        );
      }
    });

    test('has a Service for each Deployment, and every autoscaler has its own Deployment', () => {
      const rendered = renderChart(helm, values, file);
      const names = rendered.named('Deployment').sort();
      const behind = rendered.named('Service').map((name) => deploymentBehind(rendered, name).metadata.name);
      expect(behind.sort()).toEqual(names);
      const scaled = rendered.autoscalers.map(({ spec }) => spec.scaleTargetRef.name);
      expect(new Set(scaled).size).toBe(scaled.length);
      const unscaled = rendered.deployments.filter(({ spec }) => spec.replicas !== undefined);
      expect([...scaled, ...unscaled.map(({ metadata }) => metadata.name)].sort()).toEqual(names);
    });
  });

  test('serves all functions with one Deployment by default, over new claims that outlive the release', () => {
    const { deployments, text, named } = renderChart(helm);
    expect(
      deployments.map((deployment) => environmentOf(deployment)['FUNCTIONS']?.split(',').sort()),
    ).toEqual([[...allFunctions].sort()]);
    expect(named('PersistentVolumeClaim')).toHaveLength(3);
    expect(text.match(/helm\.sh\/resource-policy: keep/g)).toHaveLength(3);
    expect(deployments[0]?.spec.strategy.type).toBe('Recreate');
  });

  test('never makes Kubernetes change the groups of existing storages, unless configured', () => {
    const groupOf = (values: object) =>
      renderChart(helm, values).deployments[0]?.spec.template.spec.securityContext.fsGroup;
    expect(groupOf({})).toBe(10_001);
    expect(groupOf({ storage: { source: { existingClaim: 'telescope' } } })).toBeUndefined();
    expect(groupOf({ storage: { shared: { existingClaim: 'both' } } })).toBeUndefined();
    expect(
      groupOf({ storage: { target: { existingClaim: 'x' } }, podSecurityContext: { fsGroup: 77 } }),
    ).toBe(77);
  });

  test('mounts both storages together when they are on one claim, so that hard links are possible', () => {
    for (const deployment of renderChart(helm, everything).deployments) {
      const mounts = deployment.spec.template.spec.containers[0].volumeMounts;
      expect(mounts.filter(({ name }) => /storage|areas/.test(name))).toEqual([
        { name: 'shared-storage', mountPath: '/pool' },
      ]);
      expect(environmentOf(deployment)).toMatchObject({
        SOURCE_STORAGE_PATH: '/pool/source',
        TARGET_STORAGE_PATH: '/pool/users',
      });
    }
  });

  test('accepts every example of its README', async () => {
    const readme = await readFile(`${chartDirectory}README.md`, 'utf8');
    const examples = [...readme.matchAll(/^( *)```yaml\n(.*?)^\1```/gms)].map(([, indent, text = '']) =>
      parse(text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
    );
    expect(examples.length).toBeGreaterThan(3);
    const database = { existingSecret: 'staging-database' };
    for (const example of examples) {
      expect(renderChart(helm, { database, ...example }).deployments).not.toEqual([]);
    }
  });

  test('creates no claim if one exists', () => {
    expect(renderChart(helm, {}, onePerFunction).named('PersistentVolumeClaim')).toEqual([]);
  });

  test('has a Deployment for each function in the example', () => {
    const { deployments, autoscalers, services } = renderChart(helm, {}, onePerFunction);
    const served = deployments.map((deployment) => environmentOf(deployment)['FUNCTIONS']);
    expect(served.sort()).toEqual([...allFunctions].sort());
    expect([deployments, autoscalers, services].map(({ length }) => length)).toEqual(
      Array(3).fill(allFunctions.length),
    );
  });

  test('configures only the public URLs that an administrator gives', () => {
    const publicUrls = ['https://staging.example.org/api', 'http://staging.staging.svc'];
    const settings = renderChart(helm, { publicUrls }).deployments.map(environmentOf);
    expect(settings).toMatchObject([{ PUBLIC_URLS: publicUrls.join(',') }]);
  });
});

async function complaintsOf(checks: DeploymentChecks, release: string, manifests: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'manifests-'));
  try {
    const file = join(directory, 'manifests.yaml');
    await writeFile(file, manifests);
    return await checkManifests(checks, release, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
