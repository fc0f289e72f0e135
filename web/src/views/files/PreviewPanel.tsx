import { useQuery } from '@tanstack/react-query';
import { downloadUrl } from '../../api/download.ts';
import { type Preview, previewQuery } from '../../api/files.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Loaded } from '../../components/Failure.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatSize } from '../../format/format.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { filesStrings } from '../../strings/files.ts';
import { stageStrings } from '../../strings/stage.ts';
import styles from './Files.module.css';
import { FitsHeaders } from './FitsHeaders.tsx';

/** The preview of the opened file. */
export function PreviewPanel({ path }: { path: string | undefined }) {
  return (
    <Panel title={filesStrings.preview}>
      {path === undefined ? (
        <EmptyState icon="file" title={filesStrings.nothingOpen}>
          <p>{filesStrings.openHint}</p>
        </EmptyState>
      ) : (
        <Opened path={path} />
      )}
    </Panel>
  );
}

function Opened({ path }: { path: string }) {
  const query = useQuery(previewQuery(path));
  return (
    <div className={styles.opened}>
      <p className={styles.path}>
        <code>{path}</code>
        <CopyButton text={path} what={stageStrings.copyPath} />
      </p>
      <p className={styles.links}>
        <a href={hrefs.stage({ source: path })}>{filesStrings.stage}</a>
        <a href={downloadUrl({ source: path })}>{filesStrings.download}</a>
      </p>
      <Loaded query={query}>{(preview) => <Content preview={preview} />}</Loaded>
    </div>
  );
}

function Content({ preview }: { preview: Preview }) {
  if (preview.kind === 'binary') {
    const title = filesStrings.binary(preview.magic, formatSize(preview.size_bytes));
    return (
      <EmptyState icon="file" title={title}>
        <p>{filesStrings.noPreview}</p>
      </EmptyState>
    );
  }
  if (preview.size_bytes === 0) return <EmptyState icon="file" title={filesStrings.emptyFile} />;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1). */}
      <section className={styles.content} tabIndex={0} aria-label={filesStrings.content}>
        {preview.kind === 'fits' ? <FitsHeaders hdus={preview.hdus} /> : <pre>{preview.text}</pre>}
      </section>
      {preview.truncated && <p className={styles.hint}>{filesStrings.truncated}</p>}
    </>
  );
}
