import { describe, test } from '@jest/globals';
import type { ServiceAddresses, ServiceName, ServicesReport } from './services.ts';

/**
 * `describe` for a suite that needs a real part, which it is given the address of. Where that part cannot be had, the
 * suite is reported as skipped with the reason; under `CI` it fails, so that no green run hides what was not tested.
 */
export function describeWith<Name extends ServiceName>(
  name: Name,
  title: string,
  suite: (address: ServiceAddresses[Name]) => void,
): void {
  const { addresses, reasons } = readReport();
  const address: ServiceAddresses[Name] | undefined = addresses[name];
  if (address !== undefined) {
    describe(title, () => suite(address));
    return;
  }
  const reason = reasons[name] ?? 'this run was not asked to start it (see SERVICES in globalSetup.ts)';
  describe(title, () => {
    if (process.env['CI']) {
      test(`needs ${name}`, () => {
        throw new Error(`${name} cannot be had: ${reason}`);
      });
    } else {
      test.skip(`needs ${name}: ${reason}`, () => undefined);
    }
  });
}

function readReport(): ServicesReport {
  return JSON.parse(process.env['SERVICES_REPORT'] ?? '{"addresses":{},"reasons":{}}');
}
