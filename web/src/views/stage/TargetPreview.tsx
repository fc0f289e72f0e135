import type { SiteConfig } from '../../api/client.ts';
import { baseName } from '../../format/format.ts';
import { stageStrings } from '../../strings/stage.ts';
import styles from './DestinationPanel.module.css';
import { ordersOf, type StageForm } from './stageForm.ts';

const mostShown = 3;

/** Where the data will be, as the form stands now. */
export function TargetPreview({ form, config }: { form: StageForm; config: SiteConfig }) {
  const orders = ordersOf(form);
  const targets = orders.map(({ source, target }) =>
    form.method === 'direct_download'
      ? baseName(source) || stageStrings.wholeStorage
      : target.replace(/^\/+/, ''),
  );
  return (
    <div className={styles.preview}>
      <p className={styles.label}>{labelOf(form.method, targets.length)}</p>
      <ul className={styles.targets}>
        {(targets.length === 0 ? ['…'] : targets.slice(0, mostShown)).map((target) => (
          <li key={target}>
            <code>
              <span className={styles.base}>{placeOf(form, config)}</span>
              {target}
            </code>
          </li>
        ))}
      </ul>
      {targets.length > mostShown && (
        <p className={styles.label}>{stageStrings.andMore(targets.length - mostShown)}</p>
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
