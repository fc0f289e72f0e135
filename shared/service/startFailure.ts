import { ConfigError } from '../config/configError.ts';
import { StagingError } from '../errors/stagingError.ts';
import { withSourcePlaces } from '../process/build.ts';
import { MigrationError } from '../record/migrationError.ts';

/** Why a start failed: one line that says what to change, or the location of an unexpected error. */
export function explainStartFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isExpected =
    error instanceof ConfigError ||
    error instanceof StagingError ||
    error instanceof MigrationError ||
    ('syscall' in error && error.syscall === 'listen');
  return isExpected ? error.message : `\n${withSourcePlaces(error.stack ?? String(error))}`;
}
