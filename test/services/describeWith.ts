import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import type { ServiceAddresses, ServiceName } from './services.ts';

/** The timeout for installing a service, which is done once per machine. */
const limitMs = 900_000;

/** The address of a service, or why it is not available: see `supervisor.ts`. */
interface Answer<Name extends ServiceName> {
  readonly address?: ServiceAddresses[Name];
  readonly reason?: string;
}

/**
 * `describe` for a suite that needs a real service, whose address it gets. If the service is not available, the suite
 * is reported as skipped with the reason; under `CI` it fails, so that a green run never hides untested parts.
 */
export function describeWith<Name extends ServiceName>(
  name: Name,
  title: string,
  suite: (address: ServiceAddresses[Name]) => void,
): void {
  const { address, reason } = askFor(name);
  if (address !== undefined) {
    describe(title, () => suite(address));
    return;
  }
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

/** Requests a service, which is started at the first request. Jest collects tests only synchronously. */
function askFor<Name extends ServiceName>(name: Name): Answer<Name> {
  const requests = process.env['SERVICES_REQUESTS'];
  if (requests === undefined) return { reason: 'this run has no services' };
  const answer = join(requests, `${name}.json`);
  const deadline = Date.now() + limitMs;
  if (!existsSync(answer)) writeFileSync(join(requests, `${name}.wanted`), '');
  while (!existsSync(answer)) {
    if (Date.now() > deadline) return { reason: `it was not there in ${limitMs / 1000} s` };
    if (!existsSync(requests)) return { reason: 'the services of this run have been stopped' };
    sleep(20);
  }
  return JSON.parse(readFileSync(answer, 'utf8'));
}

function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
