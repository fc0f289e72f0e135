import { useQuery } from '@tanstack/react-query';
import { foldersTo } from '../../api/files/browse.ts';
import { isInObjectStore } from '../../api/files/objectStore.ts';
import { useCaller } from '../../api/site/session.ts';
import { siteConfigQuery } from '../../api/site/siteConfig.ts';
import { FolderBrowser } from '../../components/browser/FolderBrowser.tsx';
import { Loaded } from '../../components/Failure.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ViewTitle } from '../../components/ViewTitle.tsx';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { noteRecent } from '../../state/places.ts';
import { filesStrings } from '../../strings/files.ts';
import { CreatePanel } from './CreatePanel.tsx';
import styles from './Files.module.css';
import { PreviewPanel } from './PreviewPanel.tsx';

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
