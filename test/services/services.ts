import { type Astropy, findAstropy } from './astronomy/astropy.ts';
import { type Casacore, findCasacore } from './astronomy/casacore.ts';
import { findPyvo, type Pyvo } from './astronomy/pyvo.ts';
import { type Chromium, findChromium } from './chromium.ts';
import { type DeploymentChecks, findDeploymentChecks } from './deploymentChecks.ts';
import { type MountedFileSystem, startBtrfs, startExt4 } from './disks/fileSystems.ts';
import { findHelm, type Helm } from './helm.ts';
import { type Compiler, findCompiler } from './install/compiler.ts';
import { type JupyterHub, startJupyterHub } from './jupyterhub/jupyterhub.ts';
import { startLocalStack } from './lambda/localstack.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { findOpenApiTools, type OpenApiTools } from './openApi/openApiTools.ts';
import { findSchemathesis, type Schemathesis } from './openApi/schemathesis.ts';
import { type Redis, startRedis } from './redis.ts';
import { type Rucio, startRucio } from './rucio/rucio.ts';
import type { RunningService } from './runningService.ts';
import type { S3Address } from './s3/s3Client.ts';
import { type StrictS3, startStrictS3 } from './s3/strictS3.ts';
import { startVersityGateway } from './s3/versitygw.ts';
import { makeServicesDirectory, type ServicesDirectory } from './servicesDirectory.ts';
import { findPythonClient, type PythonClient } from './staging/pythonClient.ts';

/** Each real service that tests can request, and its address. */
export interface ServiceAddresses {
  mariadb: MariaDb;
  'jupyterhub-debian': JupyterHub;
  'jupyterhub-pypi': JupyterHub;
  astropy: Astropy;
  chromium: Chromium;
  casacore: Casacore;
  compiler: Compiler;
  btrfs: MountedFileSystem;
  ext4: MountedFileSystem;
  helm: Helm;
  'deployment-checks': DeploymentChecks;
  localstack: S3Address;
  nginx: Nginx;
  's3-strict': StrictS3;
  versitygw: S3Address;
  redis: Redis;
  pyvo: Pyvo;
  'python-client': PythonClient;
  'openapi-tools': OpenApiTools;
  schemathesis: Schemathesis;
  rucio: Rucio;
  /** For suites that keep their database busy for long: no other suite uses it. */
  'rucio-large': Rucio;
}

/** The name of a real service. */
export type ServiceName = keyof ServiceAddresses;

/** The result for each requested service: an address, or the reason why it is not available. */
export interface ServicesReport {
  readonly addresses: { readonly [Name in ServiceName]?: ServiceAddresses[Name] };
  readonly reasons: { readonly [Name in ServiceName]?: string };
}

/** The result for one service, and a function that stops it. */
export type StartedService = { readonly name: ServiceName } & (
  | { readonly service: RunningService<ServiceAddresses[ServiceName]> }
  | { readonly reason: string }
);

/** Services that are started together and stopped together. */
export interface RunningServices {
  readonly report: ServicesReport;
  stop(): Promise<void>;
}

type Starters = {
  [Name in ServiceName]: (directory: ServicesDirectory) => Promise<RunningService<ServiceAddresses[Name]>>;
};

const STARTERS: Starters = {
  mariadb: startMariaDb,
  'jupyterhub-debian': (directory) => startJupyterHub(directory, 'debian'),
  'jupyterhub-pypi': (directory) => startJupyterHub(directory, 'pypi'),
  astropy: findAstropy,
  chromium: findChromium,
  casacore: findCasacore,
  compiler: findCompiler,
  btrfs: startBtrfs,
  ext4: startExt4,
  helm: findHelm,
  'deployment-checks': findDeploymentChecks,
  localstack: startLocalStack,
  nginx: startNginx,
  's3-strict': startStrictS3,
  versitygw: startVersityGateway,
  redis: startRedis,
  pyvo: findPyvo,
  'python-client': findPythonClient,
  'openapi-tools': findOpenApiTools,
  schemathesis: findSchemathesis,
  rucio: (directory) => startRucio(directory, 'rucio'),
  'rucio-large': (directory) => startRucio(directory, 'rucio-large'),
};

/** Every name that `startServices` knows. */
export const SERVICE_NAMES = Object.keys(STARTERS).filter(isServiceName);

/** Starts the named services concurrently in a fresh directory. Unavailable ones are reported, not thrown. */
export async function startServices(names: readonly ServiceName[]): Promise<RunningServices> {
  const directory = await makeServicesDirectory();
  const outcomes = await Promise.all(names.map((name) => startService(name, directory)));
  const started = outcomes.filter((outcome) => 'service' in outcome);
  const failed = outcomes.filter((outcome) => 'reason' in outcome);
  return {
    report: {
      addresses: Object.fromEntries(started.map(({ name, service }) => [name, service.address])),
      reasons: Object.fromEntries(failed.map(({ name, reason }) => [name, reason])),
    },
    stop: async () => {
      await Promise.all(started.map(({ service }) => service.stop()));
      await directory.remove();
    },
  };
}

/** Parses the names in a list such as `mariadb,chromium`; `all` and `none` are lists too. Throws on an unknown name. */
export function parseServiceNames(list: string): ServiceName[] {
  if (list === 'all') return SERVICE_NAMES;
  if (list === 'none') return [];
  return list.split(/[\s,]+/).map((name) => {
    if (isServiceName(name)) return name;
    throw new Error(
      `There is no service "${name}": choose from ${SERVICE_NAMES.join(', ')}, or say all or none`,
    );
  });
}

/** Starts one service in a directory that it may share with others. An unavailable one is reported, not thrown. */
export async function startService(name: ServiceName, directory: ServicesDirectory): Promise<StartedService> {
  try {
    return { name, service: await STARTERS[name](directory) };
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether there is a service of that name. */
export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(STARTERS, name);
}
