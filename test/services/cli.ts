import { once } from 'node:events';
import { createDatabase } from './mariadb.ts';
import { parseServiceNames, type ServicesReport, startServices } from './services.ts';

// `npm run services [-- names]`: the real parts for working by hand, with their addresses as the service's settings.
// Killed before it is ready, it needs no care: services end with this process and their directory with them.
const names = process.argv.slice(2).join(' ') || 'mariadb jupyterhub-debian';
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
    ...(addresses.chromium ? [`CHROMIUM=${addresses.chromium.executablePath}`] : []),
    ...(addresses.nginx ? [`NGINX=${addresses.nginx.origin}`, `NGINX_FOLDER=${addresses.nginx.folder}`] : []),
  ];
}

async function untilInterrupted(): Promise<void> {
  // Signals alone do not keep Node running.
  const running = setInterval(() => undefined, 2 ** 30);
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  clearInterval(running);
}
