import { downloadUrl } from '../../api/files/download.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { FilePreview } from '../../components/preview/FilePreview.tsx';
import { hrefs } from '../../routing/useRoute.ts';
import { previewStrings } from '../../strings/preview.ts';
import { stageStrings } from '../../strings/stage.ts';
import styles from './Files.module.css';

/** The preview of the opened file. */
export function PreviewPanel({ path }: { path: string | undefined }) {
  return (
    <Panel title={previewStrings.title}>
      {path === undefined ? (
        <EmptyState icon="file" title={previewStrings.nothingOpen}>
          <p>{previewStrings.openHint}</p>
        </EmptyState>
      ) : (
        <div className={styles.opened}>
          <p className={styles.path}>
            <code>{path}</code>
            <CopyButton text={path} what={stageStrings.copyPath} />
          </p>
          <p className={styles.links}>
            <a href={hrefs.stage({ source: path })}>{previewStrings.stage}</a>
            <a href={downloadUrl({ source: path })}>{previewStrings.download}</a>
          </p>
          <FilePreview path={path} />
        </div>
      )}
    </Panel>
  );
}
