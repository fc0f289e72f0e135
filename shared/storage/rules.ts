import type { Operation } from '../model/operation.ts';
import type { SourcePath } from '../model/sourcePath.ts';
import type { Wait } from '../record/operationRecord.ts';

/** Replicates data to this site and protects it by rules at Rucio, and ends rules that are no longer needed. */
export interface RuleKeeper {
  /**
   * Creates a rule that replicates the data of an operation to this site, if it is not here.
   * @returns what the operation has to wait for; undefined when all data is here
   * @throws DID_NOT_FOUND, RULE_REFUSED, RULE_STUCK, RUCIO_…
   */
  bring(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<Wait | undefined>;
  /**
   * Protects the data that links are about to lead to by a rule, if the settings enable that.
   * @throws DID_NOT_LOCAL when it is no longer here; RULE_REFUSED, RUCIO_…
   */
  pin(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<void>;
}
