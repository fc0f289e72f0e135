import { useQuery } from '@tanstack/react-query';
import { downloadUrl } from '../../api/files/download.ts';
import { useCaller } from '../../api/session.ts';
import { siteConfigQuery } from '../../api/site.ts';
import { FolderBrowser } from '../../components/browser/FolderBrowser.tsx';
import { CopyLine } from '../../components/controls/CopyButton.tsx';
import { EmptyState, Loaded } from '../../components/layout/Loaded.tsx';
import { Panel, ViewTitle } from '../../components/layout/View.tsx';
import { FilePreview } from '../../components/preview/FilePreview.tsx';
import { foldersTo, isInObjectStore } from '../../format/paths.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { noteRecent } from '../../state/places.ts';
import { filesStrings } from '../../strings/files.ts';
import { previewStrings } from '../../strings/preview.ts';
import { stageStrings } from '../../strings/stage.ts';
import { CreatePanel } from './CreatePanel.tsx';
import styles from './Files.module.css';

/** The storage, previews of files, and a form to create one. */
export default function FilesView() {
  const { parameters } = useRoute();
  const opened = parameters.get('path') ?? undefined;
  const folder = parameters.get('folder') ?? folderOf(opened);
  const config = useQuery(siteConfigQuery);
  const caller = useCaller();
  return (
    <>
      <ViewTitle title={filesStrings.title} hint={filesStrings.hint} />
      <Loaded query={config}>
        {(site) => (
          <div className={styles.columns}>
            <Panel title={filesStrings.browse}>
              <FolderBrowser
                path={folder}
                onPath={(path) => navigate(hrefs.files({ folder: path }))}
                hasObjectStore={site.source_buckets.length > 0}
                onOpenFile={(path) => {
                  noteRecent(folder);
                  navigate(hrefs.files({ path, folder }));
                }}
              />
            </Panel>
            <PreviewPanel path={opened} />
            {caller?.roles.includes('operator') && (
              <CreatePanel
                folder={isInObjectStore(folder) ? '' : folder}
                maxBytes={site.create_file_max_bytes}
              />
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

/** The folder of a file. */
function folderOf(path: string | undefined): string {
  return path === undefined ? '' : (foldersTo(path).at(-2)?.path ?? '');
}

/** The preview of the opened file. */
function PreviewPanel({ path }: { path: string | undefined }) {
  return (
    <Panel title={previewStrings.title}>
      {path === undefined ? (
        <EmptyState icon="file" title={previewStrings.nothingOpen}>
          <p>{previewStrings.openHint}</p>
        </EmptyState>
      ) : (
        <div className={styles.opened}>
          <CopyLine text={path} what={stageStrings.copyPath} />
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
