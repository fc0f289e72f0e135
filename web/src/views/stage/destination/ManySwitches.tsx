import { Switch } from '@mantine/core';
import { stageStrings } from '../../../strings/stage.ts';
import { canBeAllOrNothing, type StageForm } from '../stageForm.ts';

interface ManySwitchesProps {
  readonly form: StageForm;
  readonly sources: readonly string[];
  onChange(changed: Partial<StageForm>): void;
}

/** How several items are published together. */
export function ManySwitches({ form, sources, onChange }: ManySwitchesProps) {
  if (sources.length < 2 || form.method === 'direct_download') return null;
  return (
    <>
      <Switch
        label={stageStrings.keepFolders}
        description={stageStrings.keepFoldersHint}
        checked={form.keepsFolders}
        onChange={(event) => onChange({ keepsFolders: event.currentTarget.checked })}
      />
      {canBeAllOrNothing(form, sources) && (
        <Switch
          label={stageStrings.allOrNothing}
          description={stageStrings.allOrNothingHint}
          checked={form.isAllOrNothing}
          onChange={(event) => onChange({ isAllOrNothing: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
