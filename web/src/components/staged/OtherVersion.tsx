import type { Operation } from '../../api/client.ts';
import { newTargetName } from '../../format/paths.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { operationStrings } from '../../strings/operation.ts';

/** If existing data does not match the current version of the source: offers to stage that under a new name. */
export function OtherVersion({ operation }: { operation: Operation }) {
  const { target, href } = newVersionOf(operation);
  return (
    <p>
      {operationStrings.otherVersionHint} <a href={href}>{operationStrings.stageAs(target)}</a>
    </p>
  );
}

/** The form that stages the current version of an operation's source under a new name. */
export function newVersionOf(operation: Operation): { readonly target: string; readonly href: string } {
  const { local_path_on_storage, relative_path, method, username } = operation;
  const target = newTargetName(relative_path ?? '');
  const source = local_path_on_storage ?? '';
  return { target, href: hrefs.stage({ source, method: method ?? '', username: username ?? '', target }) };
}
