import type { BatchAgain } from '../../api/operations/batchAgain.ts';
import { baseName } from '../../format/format.ts';
import { emptyForm, type StageForm, withSlash } from './stageForm.ts';

/** The form for the items of a batch again: their paths can be corrected as if they had been pasted. */
export function formOfBatch({ batch, items }: BatchAgain): StageForm {
  const paths = items.flatMap(({ local_path_on_storage: path }) => path ?? []);
  const folder = batch.relative_path ?? '';
  const isKept = items.some(
    ({ local_path_on_storage: source, relative_path: target }) =>
      source !== null && target !== null && target !== `${withSlash(folder)}${baseName(source)}`,
  );
  return {
    ...emptyForm,
    pasted: paths.join('\n'),
    method: batch.method ?? '',
    username: batch.username ?? '',
    folder,
    keepsFolders: isKept,
  };
}
