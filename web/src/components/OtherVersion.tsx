import type { Operation } from '../api/client.ts';
import { operationStrings } from '../strings/operation.ts';
import { newVersionOf } from './newTargetName.ts';

/** Where data was there already that is not of the source as it is now: offers to stage that under a new name. */
export function OtherVersion({ operation }: { operation: Operation }) {
  const { target, href } = newVersionOf(operation);
  return (
    <p>
      {operationStrings.otherVersionHint} <a href={href}>{operationStrings.stageAs(target)}</a>
    </p>
  );
}
