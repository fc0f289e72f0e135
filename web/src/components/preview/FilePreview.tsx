import { useQuery } from '@tanstack/react-query';
import { folderSizeQuery } from '../../api/files/browse.ts';
import { type Dataset, type Preview, previewQuery } from '../../api/files/preview.ts';
import { formatSize } from '../../format/format.ts';
import { baseName } from '../../format/paths.ts';
import { browserStrings } from '../../strings/browser.ts';
import { previewStrings } from '../../strings/preview.ts';
import { FactList } from '../layout/FactList.tsx';
import { EmptyState, Loaded } from '../layout/Loaded.tsx';
import { ScrollBox } from '../layout/ScrollBox.tsx';
import { FitsPreview } from './FitsPreview.tsx';
import styles from './Preview.module.css';

/** The contents of a file: a picture, the rows of a table, headers, or a text. */
export function FilePreview({ path }: { path: string }) {
  const query = useQuery(previewQuery(path));
  return <Loaded query={query}>{(preview) => <Content path={path} preview={preview} />}</Loaded>;
}

function Content({ path, preview }: { path: string; preview: Preview }) {
  if (preview.kind === 'fits') {
    return (
      <>
        <FitsPreview key={path} path={path} hdus={preview.hdus} sizeBytes={preview.size_bytes} />
        {preview.truncated && <p className={styles.hint}>{previewStrings.truncated}</p>}
      </>
    );
  }
  if (preview.kind === 'dataset') return <DatasetPreview path={path} dataset={preview} />;
  if (preview.kind === 'binary') {
    const title = previewStrings.binary(preview.magic, formatSize(preview.size_bytes));
    return (
      <EmptyState icon="file" title={title}>
        <p>{previewStrings.noPreview}</p>
      </EmptyState>
    );
  }
  if (preview.size_bytes === 0) return <EmptyState icon="file" title={previewStrings.emptyFile} />;
  return (
    <>
      <ScrollBox label={previewStrings.content}>
        <pre>{preview.text}</pre>
      </ScrollBox>
      <p className={styles.hint}>
        {baseName(path)}, {formatSize(preview.size_bytes)}
        {preview.truncated && ` · ${previewStrings.truncated}`}
      </p>
    </>
  );
}

/** A folder that is one item, such as a MeasurementSet. */
function DatasetPreview({ path, dataset }: { path: string; dataset: Dataset }) {
  const size = useQuery(folderSizeQuery(path));
  const counted = <Loaded query={size}>{(sum) => browserStrings.folderSize(sum)}</Loaded>;
  const { facts } = previewStrings;
  return (
    <div className={styles.fits}>
      <p>{previewStrings.oneItem(browserStrings.formats[dataset.format])}</p>
      <FactList
        facts={[
          [facts.folderSize, counted],
          [facts.tables, dataset.tables.join(', ')],
        ]}
      />
    </div>
  );
}
