import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { type Config, parseConfig } from '../../../shared/config/config.ts';
import type { Helm } from '../../services/helm.ts';

/** The folder of the chart. */
export const chartDirectory = fileURLToPath(
  new URL('../../../deploy/helm/ska-staging-service/', import.meta.url),
);

/** Values files of the chart that are ready to be used. */
export const exampleFiles = ['examples/one-per-function.yaml'];

const metadata = z.looseObject({
  name: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const labels = z.record(z.string(), z.string());
const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });

const containerSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  ports: z.tuple([z.object({ name: z.string(), containerPort: z.number() })]),
  resources: z.looseObject({}),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  securityContext: z.looseObject({}),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const podSchema = z.looseObject({
  automountServiceAccountToken: z.boolean(),
  securityContext: z.looseObject({ fsGroup: z.number().optional() }),
  terminationGracePeriodSeconds: z.number(),
  containers: z.tuple([containerSchema]),
  volumes: z.array(z.looseObject({ name: z.string() })),
});
const deploymentSchema = z.looseObject({
  kind: z.literal('Deployment'),
  metadata,
  spec: z.looseObject({
    replicas: z.number().optional(),
    strategy: z.looseObject({ type: z.string().optional() }),
    template: z.object({
      metadata: z.looseObject({ labels, annotations: labels.optional() }),
      spec: podSchema,
    }),
  }),
});
const serviceSchema = z.looseObject({
  kind: z.literal('Service'),
  metadata: metadata.extend({ labels }),
  spec: z.looseObject({ selector: labels }),
});
const autoscalerSchema = z.looseObject({
  kind: z.literal('HorizontalPodAutoscaler'),
  metadata,
  spec: z.looseObject({ scaleTargetRef: z.looseObject({ name: z.string() }) }),
});
const ingressPathSchema = z.object({
  path: z.string(),
  pathType: z.literal('Prefix'),
  backend: z.object({ service: z.looseObject({ name: z.string() }) }),
});
const ingressSchema = z.looseObject({
  kind: z.literal('Ingress'),
  metadata,
  spec: z.looseObject({
    rules: z.tuple([z.object({ host: z.string(), http: z.object({ paths: z.array(ingressPathSchema) }) })]),
  }),
});
const networkPolicySchema = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  metadata,
  spec: z.looseObject({
    ingress: z.array(z.looseObject({ from: z.array(z.looseObject({})) })),
    egress: z.array(
      z.object({
        ports: z.array(z.looseObject({ port: z.number() })),
        to: z.array(z.looseObject({})).optional(),
      }),
    ),
  }),
});
const serviceMonitorSchema = z.looseObject({
  kind: z.literal('ServiceMonitor'),
  metadata: z.looseObject({ name: z.string(), labels }),
  spec: z.looseObject({ selector: z.object({ matchLabels: labels }) }),
});
const otherSchema = z.looseObject({
  kind: z.enum(['PersistentVolumeClaim', 'PodDisruptionBudget', 'ServiceAccount']),
  metadata,
});
const manifestSchema = z.discriminatedUnion('kind', [
  deploymentSchema,
  serviceSchema,
  autoscalerSchema,
  ingressSchema,
  networkPolicySchema,
  serviceMonitorSchema,
  otherSchema,
]);

/** One rendered Deployment. */
export type Deployment = z.output<typeof deploymentSchema>;

/** The result of rendering the chart. */
export interface Rendered {
  readonly text: string;
  readonly deployments: readonly Deployment[];
  readonly services: readonly z.output<typeof serviceSchema>[];
  readonly autoscalers: readonly z.output<typeof autoscalerSchema>[];
  /** The allowed callers of the pods, by the network policies. */
  readonly callers: readonly object[];
  /** The ports that pods may call, by the network policies. */
  readonly calledPorts: readonly number[];
  readonly serviceMonitors: readonly z.output<typeof serviceMonitorSchema>[];
  readonly ingressPaths: readonly z.output<typeof ingressPathSchema>[];
  /** The names of the manifests of a kind. */
  named(kind: string): string[];
}

/** Renders the chart with values on top of those of a file of the chart. Throws Helm's message when it refuses. */
export function renderChart({ program }: Helm, values: object = {}, file = 'values.yaml'): Rendered {
  const text = execFileSync(
    program,
    // Helm that was built from source assumes an old cluster by default.
    [
      'template',
      'staging',
      chartDirectory,
      '--kube-version=1.34.0',
      '--values',
      chartDirectory + file,
      '--values=-',
    ],
    { input: JSON.stringify(values), encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const manifests = parseAllDocuments(text).map((document) => manifestSchema.parse(document.toJS()));
  return {
    text,
    deployments: manifests.filter((manifest) => manifest.kind === 'Deployment'),
    services: manifests.filter((manifest) => manifest.kind === 'Service'),
    autoscalers: manifests.filter((manifest) => manifest.kind === 'HorizontalPodAutoscaler'),
    callers: manifests
      .filter((manifest) => manifest.kind === 'NetworkPolicy')
      .flatMap(({ spec }) => spec.ingress.flatMap(({ from }) => from)),
    calledPorts: manifests
      .filter((manifest) => manifest.kind === 'NetworkPolicy')
      .flatMap(({ spec }) => spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port))),
    serviceMonitors: manifests.filter((manifest) => manifest.kind === 'ServiceMonitor'),
    ingressPaths: manifests
      .filter((manifest) => manifest.kind === 'Ingress')
      .flatMap(({ spec }) => spec.rules[0].http.paths),
    named: (kind) =>
      manifests.filter((manifest) => manifest.kind === kind).map((manifest) => manifest.metadata.name),
  };
}

/** Values for workers, in addition to those under test. */
export const queueValues = {
  database: { existingSecret: 'db' },
  queue: { executor: 'bullmq', existingSecret: 'queue' },
};

/** The settings that the service and its workers would read in the pods of a Deployment; secrets are invented. */
export function configOf(deployment: Deployment): Config {
  const settings = Object.entries(environmentOf(deployment)).filter(([name]) => !name.endsWith('_FILE'));
  const hasQueue = settings.some(([name]) => name === 'EXECUTOR');
  return parseConfig({ ...Object.fromEntries(settings), ...(hasQueue && { REDIS_URL: 'redis://queue' }) });
}

/** The plain variables of a Deployment's container. */
export function environmentOf({ spec }: Deployment): Record<string, string> {
  return Object.fromEntries(spec.template.spec.containers[0].env.map(({ name, value }) => [name, value]));
}

/** The Deployment whose pods a Service sends requests to. */
export function deploymentBehind(rendered: Rendered, serviceName: string): Deployment {
  const service = rendered.services.find(({ metadata: { name } }) => name === serviceName);
  const isSelected = ({ spec }: Deployment) =>
    Object.entries(service?.spec.selector ?? {}).every(
      ([label, value]) => spec.template.metadata.labels[label] === value,
    );
  const [deployment, ...more] = rendered.deployments.filter(isSelected);
  if (!deployment || more.length > 0)
    throw new Error(`${serviceName} leads to ${more.length + 1} deployments`);
  return deployment;
}

/** The Service to which an ingress controller sends a path: the longest prefix of whole segments wins. */
export function serviceOfPath({ ingressPaths }: Rendered, path: string): string {
  const isPrefix = (prefix: string) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
  const [longest] = ingressPaths
    .filter((rule) => isPrefix(rule.path))
    .sort((one, other) => other.path.length - one.path.length);
  if (!longest) throw new Error(`Nothing leads to ${path}`);
  return longest.backend.service.name;
}
