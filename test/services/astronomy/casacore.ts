import { execFileSync } from 'node:child_process';
import { ensureDebianPackages } from '../install/debianPackages.ts';
import type { RunningService } from '../runningService.ts';

/** A Python with casacore, with which radio astronomers open MeasurementSets. */
export interface Casacore {
  readonly python: string;
}

/** Finds casacore or installs it. */
export async function findCasacore(): Promise<RunningService<Casacore>> {
  await ensureDebianPackages('opening a MeasurementSet', 'python3-casacore');
  return { address: { python: '/usr/bin/python3' }, stop: async () => undefined };
}

/**
 * The properties that casacore reads from a MeasurementSet opened read-only: its rows, the shape of its data, its
 * antennas.
 */
export function readMeasurementSet({ python }: Casacore, path: string): string {
  const program = `
import sys
from casacore.tables import table
with table(sys.argv[1], readonly=True, ack=False) as main:
    print(main.nrows(), main.getcol('DATA').shape, table(main.getkeyword('ANTENNA'), ack=False).nrows())
`;
  return execFileSync(python, ['-c', program, path], { encoding: 'utf8' });
}
