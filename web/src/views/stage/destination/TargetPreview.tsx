import type { SiteConfig } from '../../../api/client.ts';
import { baseName, formatCount } from '../../../format/format.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { ordersOf, type StageForm } from '../stageForm.ts';
import styles from './DestinationPanel.module.css';

const maxShown = 3;

interface TargetPreviewProps {
  readonly form: StageForm;
  readonly sources: readonly string[];
  readonly config: SiteConfig;
}

/** The location of the data, according to the current form. */
export function TargetPreview({ form, sources, config }: TargetPreviewProps) {
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
      <ul className={styles.targets}>
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
