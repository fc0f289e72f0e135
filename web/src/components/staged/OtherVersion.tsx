import type { Operation } from '../../api/client.ts';
import { operationStrings } from '../../strings/operation.ts';
import { newVersionOf } from './newTargetName.ts';

/** If existing data does not match the current version of the source: offers to stage that under a new name. */
export function OtherVersion({ operation }: { operation: Operation }) {
  const { target, href } = newVersionOf(operation);
  return (
    <p>
      {operationStrings.otherVersionHint} <a href={href}>{operationStrings.stageAs(target)}</a>
    </p>
  );
}
