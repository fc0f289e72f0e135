import type { Operation } from '../model/operation.ts';
import type { SourcePath } from '../model/sourcePath.ts';
import type { Wait } from '../record/operationRecord.ts';

/** Has data brought to this site and kept here, by rules at Rucio, and ends the rules that nobody needs any more. */
export interface RuleKeeper {
  /**
   * Has what an operation stages brought here by a rule, if it is not here.
   * @returns what the operation has to wait for; undefined when all is here
   * @throws DID_NOT_FOUND, RULE_REFUSED, RULE_STUCK, RUCIO_…
   */
  bring(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<Wait | undefined>;
  /**
   * Has what links are about to lead to kept by a rule, where the settings want that.
   * @throws DID_NOT_LOCAL when it is not here any more; RULE_REFUSED, RUCIO_…
   */
  pin(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<void>;
}
