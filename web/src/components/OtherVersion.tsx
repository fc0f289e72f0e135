import type { Operation } from '../api/client.ts';
import { hrefs } from '../routing/useRoute.ts';
import { operationStrings } from '../strings/operation.ts';
import { newTargetName } from './newTargetName.ts';

/** Where data was there already that is not of the source as it is now: offers to stage that under a new name. */
export function OtherVersion({ operation }: { operation: Operation }) {
  const { local_path_on_storage, relative_path, method, username } = operation;
  const target = newTargetName(relative_path ?? '');
  const href = hrefs.stage({
    source: local_path_on_storage ?? '',
    method: method ?? '',
    username: username ?? '',
    target,
  });
  return (
    <p>
      {operationStrings.otherVersionHint} <a href={href}>{operationStrings.stageAs(target)}</a>
    </p>
  );
}
