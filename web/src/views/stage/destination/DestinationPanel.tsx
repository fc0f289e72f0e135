import { NativeSelect, PasswordInput, Switch, TextInput } from '@mantine/core';
import type { SiteConfig } from '../../../api/client.ts';
import { useAreas } from '../../../api/session.ts';
import { plainText } from '../../../components/controls/TextFilter.tsx';
import { Panel } from '../../../components/layout/View.tsx';
import { formatCount } from '../../../format/format.ts';
import { baseName } from '../../../format/paths.ts';
import { stageStrings } from '../../../strings/stage.ts';
import {
  canBeAllOrNothing,
  destinationText,
  type FormErrors,
  ordersOf,
  type StageForm,
  withDestination,
} from '../stageForm.ts';
import styles from './DestinationPanel.module.css';

interface DestinationPanelProps {
  readonly form: StageForm;
  readonly sources: readonly string[];
  readonly config: SiteConfig;
  readonly errors: FormErrors;
  onChange(changed: Partial<StageForm>): void;
}

/** The user and the target, with a preview. */
export function DestinationPanel(props: DestinationPanelProps) {
  const { form, sources, config, errors, onChange } = props;
  const isForNotebook = form.method === 'jupyter_copy';
  return (
    <Panel title={stageStrings.destination}>
      <div className={styles.fields}>
        <UserField form={form} errors={errors} onChange={onChange} />
        {form.method !== 'direct_download' && (
          <TextInput
            label={placeLabel(isForNotebook, sources.length > 1)}
            description={stageStrings.placeHint}
            placeholder={stageStrings.folderPlaceholder}
            {...plainText}
            value={destinationText(form, sources)}
            error={errors.destination}
            onChange={(event) => {
              const { folder, name } = withDestination(form, sources, event.currentTarget.value);
              onChange({ folder, name });
            }}
          />
        )}
        <ManySwitches form={form} sources={sources} onChange={onChange} />
        {isForNotebook && (
          <PasswordInput
            label={stageStrings.jupyterToken}
            description={stageStrings.jupyterTokenHint}
            autoComplete="off"
            value={form.jupyterToken}
            error={errors.jupyterToken}
            onChange={(event) => onChange({ jupyterToken: event.currentTarget.value })}
          />
        )}
        <TargetPreview form={form} sources={sources} config={config} />
      </div>
    </Panel>
  );
}

/** The target user area: one of the caller's own, unless they may act for others. */
function UserField({ form, errors, onChange }: Omit<DestinationPanelProps, 'sources' | 'config'>) {
  const field = {
    label: stageStrings.username,
    value: form.username,
    error: errors.username,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ username: event.currentTarget.value }),
  };
  const areas = useAreas();
  if (!areas) return <TextInput autoComplete="username" {...plainText} {...field} />;
  return areas.length === 1 ? null : <NativeSelect {...field} data={areas} />;
}

function placeLabel(isForNotebook: boolean, isForMany: boolean): string {
  const { one, many, oneInNotebook, manyInNotebook } = stageStrings.place;
  if (isForNotebook) return isForMany ? manyInNotebook : oneInNotebook;
  return isForMany ? many : one;
}

/** How several items are published together. */
function ManySwitches({ form, sources, onChange }: Omit<DestinationPanelProps, 'config' | 'errors'>) {
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

const maxShown = 3;

/** The location of the data, according to the current form. */
function TargetPreview({ form, sources, config }: Omit<DestinationPanelProps, 'errors' | 'onChange'>) {
  const targets = ordersOf(form, sources, config, maxShown).map(({ source, target }) => ({
    source,
    target:
      form.method === 'direct_download'
        ? baseName(source) || stageStrings.wholeStorage
        : target.replace(/^\/+/, ''),
  }));
  return (
    <div className={styles.preview}>
      <p className={styles.label}>{labelOf(form.method, sources.length)}</p>
      <ul>
        {(targets.length === 0 ? [{ source: '', target: '…' }] : targets).map(({ source, target }) => (
          <li key={source}>
            <code>
              <span className={styles.base}>{placeOf(form, config)}</span>
              {target}
            </code>
          </li>
        ))}
      </ul>
      {sources.length > maxShown && (
        <p className={styles.label}>{stageStrings.andMore(formatCount(sources.length - maxShown))}</p>
      )}
    </div>
  );
}

function labelOf(method: string, count: number): string {
  if (method === 'direct_download') return stageStrings.previewDownload;
  return count > 1 ? stageStrings.previewMany : stageStrings.preview;
}

function placeOf({ method, username }: StageForm, { target_storage_path }: SiteConfig): string {
  if (method === 'direct_download') return '';
  if (method === 'jupyter_copy') return stageStrings.notebookPlace(username);
  return `${target_storage_path}/${username || '…'}/`;
}
