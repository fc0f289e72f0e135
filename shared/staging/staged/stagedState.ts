import { StagingError } from '../../errors/stagingError.ts';
import type { Operation, PresentVersion } from '../../model/operation.ts';
import type { SourcePath } from '../../model/sourcePath.ts';
import { openSource, type Storages } from '../../storage/openSource.ts';
import type { UserAreas } from '../target/targetBase.ts';
import { comparedInTime, compareSource } from './presentData.ts';
import { checkStaged, checkThere, openStagedPlace } from './stagedData.ts';

/** The state of the data that an operation has staged. */
export interface StagedState {
  /** `gone`: its user has moved or removed it; `changed`: other data, or another version, is there. */
  readonly state: 'present' | 'changed' | 'gone' | 'removed';
  /** Why it is not as it was staged, in a sentence. */
  readonly reason: string | null;
  /** Whether it matches the current version of the source. */
  readonly source: PresentVersion | null;
}

interface StateServices extends Storages {
  readonly userAreas: UserAreas;
}

const states: ReadonlyMap<string, StagedState['state']> = new Map([
  ['DATA_REMOVED', 'removed'],
  ['DATA_GONE', 'gone'],
  ['DATA_CHANGED', 'changed'],
] as const);

/**
 * Checks the data that an operation has staged, and its source. No bytes are read.
 * @throws DATA_NOT_STAGED, errors of the storage
 */
export async function stateOfStaged(
  operation: Operation,
  sourcePath: SourcePath,
  services: StateServices,
  signal: AbortSignal,
): Promise<StagedState> {
  try {
    await using place = await openStagedPlace(operation, services.userAreas);
    await checkStaged(operation, checkThere(place), services.userAreas);
  } catch (error) {
    const state = error instanceof StagingError ? states.get(error.code) : undefined;
    if (!state || !(error instanceof StagingError)) throw error;
    return { state, reason: error.message, source: null };
  }
  return {
    state: 'present',
    reason: null,
    source: await compareStaged(operation, sourcePath, services, signal),
  };
}

async function compareStaged(
  { sourceEtag, targetEtag, linkType }: Operation,
  sourcePath: SourcePath,
  services: StateServices,
  signal: AbortSignal,
): Promise<PresentVersion> {
  // A symbolic link is the source itself, and a tree of hard links shares its files.
  if (linkType === 'symbolic') return 'same';
  const staged = sourceEtag ?? (linkType === 'hard' ? targetEtag : null);
  return comparedInTime(signal, async (limited) => {
    await using source = await openSource(sourcePath, services, limited);
    return await compareSource(source, staged, services.userAreas, limited);
  });
}
