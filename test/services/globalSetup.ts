import { parseServiceNames, type RunningServices, startServices } from './services.ts';

declare global {
  /** Kept for globalTeardown.ts, which Jest loads apart from this file. */
  var runningServices: RunningServices | undefined;
}

/**
 * Jest's hook before the first suite: starts the services, once for the whole run. `SERVICES` narrows them
 * (`SERVICES=mariadb npm test`). Workers inherit the report in the environment; `describeWith` reads it there.
 */
export default async function globalSetup(): Promise<void> {
  const services = await startServices(parseServiceNames(process.env['SERVICES'] || 'all'));
  globalThis.runningServices = services;
  process.env['SERVICES_REPORT'] = JSON.stringify(services.report);
  for (const [name, reason] of Object.entries(services.report.reasons)) {
    process.stderr.write(`The service ${name} cannot be had: ${reason}\n`);
  }
}
