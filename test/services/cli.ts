import { once } from 'node:events';
import { resolve } from 'node:path';
import { createDatabase } from './mariadb.ts';
import type { Rucio } from './rucio/rucio.ts';
import { openRucioCatalogue, writeReplica } from './rucio/rucioCatalogue.ts';
import { createBucket, type S3Address } from './s3/s3Client.ts';
import type { StrictS3 } from './s3/strictS3.ts';
import { parseServiceNames, type ServicesReport, startServices } from './services.ts';

// `npm run services [-- names]`: the real services for manual work, with their addresses as the service's settings.
// No clean-up is needed if it is killed early: services end with this process, and so does their directory.
const names = process.argv.slice(2).join(' ') || 'mariadb jupyterhub-debian localstack';
const services = await startServices(parseServiceNames(names));
try {
  const reasons = Object.entries(services.report.reasons);
  for (const [name, reason] of reasons)
    process.stderr.write(`The service ${name} cannot be had: ${reason}\n`);
  if (reasons.length > 0) {
    process.exitCode = 1;
  } else {
    process.stdout.write(`${(await settings(services.report)).join('\n')}\n`);
    process.stderr.write('Running until Ctrl-C.\n');
    await untilInterrupted();
  }
} finally {
  await services.stop();
}

async function settings({ addresses }: ServicesReport): Promise<string[]> {
  const hub = addresses['jupyterhub-debian'] ?? addresses['jupyterhub-pypi'];
  return [
    ...(addresses.mariadb ? [`DATABASE_URL=${await createDatabase(addresses.mariadb, 'staging')}`] : []),
    ...(hub ? [`JUPYTERHUB_URL=${hub.url}`, `JUPYTERHUB_API_TOKEN=${hub.apiToken}`] : []),
    ...(addresses.localstack ? await localStackSettings(addresses.localstack) : []),
    ...(addresses['s3-strict'] ? strictS3Settings(addresses['s3-strict']) : []),
    ...(addresses.rucio ? await rucioSettings(addresses.rucio) : []),
    ...(addresses.redis ? [`REDIS_URL=${addresses.redis.url}`] : []),
    ...(addresses.chromium ? [`CHROMIUM=${addresses.chromium.executablePath}`] : []),
    ...(addresses.nginx ? [`NGINX=${addresses.nginx.origin}`, `NGINX_FOLDER=${addresses.nginx.folder}`] : []),
  ];
}

async function localStackSettings(localstack: S3Address): Promise<string[]> {
  const sourceBucket = await createBucket(localstack, 'source');
  const downloadBucket = await createBucket(localstack, 'download');
  return [...s3Settings(localstack, sourceBucket), `DOWNLOAD_BUCKET=${downloadBucket}`];
}

/** With an RSE in the default source storage, a file and a dataset: `rucio://testing:hello.txt`, `rucio://testing:hello`. */
async function rucioSettings(rucio: Rucio): Promise<string[]> {
  const { url, account, username, password } = rucio;
  const catalogue = await openRucioCatalogue(rucio);
  const folder = resolve('var/source_storage/rse');
  await catalogue.addRse('SRC_LOCAL', { prefix: '/rse' });
  await catalogue.setQuota('SRC_LOCAL', -1);
  await catalogue.addScope('testing');
  const did = { scope: 'testing', name: 'hello.txt' };
  await catalogue.addReplicas('SRC_LOCAL', [await writeReplica(folder, did, Buffer.from('Hello!\n'))]);
  await catalogue.addCollection('DATASET', { scope: 'testing', name: 'hello' }, [did]);
  return [
    `RUCIO_URL=${url}`,
    `RUCIO_ACCOUNT=${account}`,
    `RUCIO_USERNAME=${username}`,
    `RUCIO_PASSWORD=${password}`,
    'RUCIO_RSE=SRC_LOCAL',
    `RUCIO_PFN_MAP='{"file://localhost/rse": "rse"}'`,
  ];
}

function strictS3Settings({ endpoint, region, limited, allowedBucket, deniedBucket }: StrictS3): string[] {
  return s3Settings({ endpoint, region, ...limited }, `${allowedBucket},${deniedBucket}`);
}

function s3Settings(s3: S3Address, sourceBuckets: string): string[] {
  return [
    `S3_ENDPOINT=${s3.endpoint}`,
    `S3_SOURCE_BUCKETS=${sourceBuckets}`,
    `AWS_REGION=${s3.region}`,
    `AWS_ACCESS_KEY_ID=${s3.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${s3.secretAccessKey}`,
  ];
}

async function untilInterrupted(): Promise<void> {
  // Signals alone do not keep Node running.
  const running = setInterval(() => undefined, 2 ** 30);
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  clearInterval(running);
}
