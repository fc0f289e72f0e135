import { useQuery } from '@tanstack/react-query';
import { folderSizeQuery } from '../../api/files/browse.ts';
import type { Dataset } from '../../api/files/preview.ts';
import { browserStrings } from '../../strings/browser.ts';
import { previewStrings } from '../../strings/preview.ts';
import { Loaded } from '../Failure.tsx';
import styles from './Preview.module.css';

/** A folder that is one item, such as a MeasurementSet. */
export function DatasetPreview({ path, dataset }: { path: string; dataset: Dataset }) {
  const size = useQuery(folderSizeQuery(path));
  const { facts } = previewStrings;
  return (
    <div className={styles.fits}>
      <p>{previewStrings.oneItem(browserStrings.formats[dataset.format])}</p>
      <dl className={styles.facts}>
        <div>
          <dt>{facts.folderSize}</dt>
          <dd>
            <Loaded query={size}>{(counted) => browserStrings.folderSize(counted)}</Loaded>
          </dd>
        </div>
        {dataset.tables.length > 0 && (
          <div>
            <dt>{facts.tables}</dt>
            <dd>{dataset.tables.join(', ')}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}
