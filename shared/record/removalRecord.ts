import type { Operation, RemovalReason } from '../model/operation.ts';

/** The end of staged data: which worker removes it, and which data was removed. */
export interface RemovalRecord {
  /**
   * Claims the removal of an operation's data, for this worker. Of several, in any processes, one succeeds. A claim is
   * released by `releaseRemoval`, or expires when its worker is known to be dead or has been silent for long.
   */
  claimRemoval(operation: Operation, removal?: Removal): Promise<boolean>;
  /** Releases the claim: the data was not removed, or all of it was. */
  releaseRemoval(id: string): Promise<void>;
  /**
   * Removals whose worker is dead, or has been silent for long: their data may be in place, moved away, or partly
   * removed.
   */
  findInterruptedRemovals(): Promise<readonly Operation[]>;
  /** Claims such a removal, in any recorded state of the data. */
  takeOverRemoval(operation: Operation): Promise<boolean>;
  /** Records permanently that the data was removed, which keeps the claim. Returns the new state. */
  recordRemoval(id: string, removal: Removal): Promise<Operation>;
  /** The data is kept without a lifetime: it is no longer the staged data. */
  keepStaged(id: string): Promise<void>;
  /** Data that had expired by then, in the order of expiry; up to 1000. */
  findExpired(by: Date): Promise<readonly Operation[]>;
  /** Data that expires by then, and whose user was not warned. */
  findUnwarned(by: Date): Promise<readonly Operation[]>;
  /** Records that the user was warned. False if another process has done so. */
  recordWarning(id: string): Promise<boolean>;
}

/** Who had data removed, and why. */
export interface Removal {
  readonly by: string | null;
  readonly reason: RemovalReason;
}
