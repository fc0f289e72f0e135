import { Button, CloseButton, Tabs } from '@mantine/core';
import { useId, useState } from 'react';
import type { SiteConfig } from '../../../api/client.ts';
import { DidBrowser } from '../../../components/browser/DidBrowser.tsx';
import { FolderBrowser } from '../../../components/browser/FolderBrowser.tsx';
import { Icon } from '../../../components/controls/Icon.tsx';
import { BreakablePath } from '../../../components/layout/BreakablePath.tsx';
import { Panel } from '../../../components/layout/View.tsx';
import { FilePreview } from '../../../components/preview/FilePreview.tsx';
import { baseName } from '../../../format/paths.ts';
import { hrefs, navigate, useRoute } from '../../../routing/useRoute.ts';
import { noteRecent } from '../../../state/places.ts';
import { previewStrings } from '../../../strings/preview.ts';
import { stageStrings } from '../../../strings/stage.ts';
import type { StageForm } from '../stageForm.ts';
import { ChosenList } from './ChosenList.tsx';
import { PasteBox } from './PasteBox.tsx';
import { replaceLine } from './pastedLines.ts';
import styles from './SourcePanel.module.css';

interface SourcePanelProps {
  readonly form: StageForm;
  readonly sources: readonly string[];
  onChange(changed: Partial<StageForm>): void;
  readonly config: SiteConfig;
  readonly problem: string | undefined;
}

/** Selecting data: in the storage's folders, by data identifier, or by pasting paths. */
export function SourcePanel({ form, sources, onChange, config, problem }: SourcePanelProps) {
  const { parameters } = useRoute();
  const folder = parameters.get('folder') ?? '';
  const setFolder = (path: string) =>
    navigate(hrefs.stage({ ...Object.fromEntries(parameters), folder: path }));
  const [opened, setOpened] = useState<string>();
  const problemId = useId();
  const { picked, pasted } = form;
  const choose = (paths: readonly string[], isChosen: boolean) => {
    const meant = new Set(paths);
    const others = picked.filter((path) => !meant.has(path));
    onChange({
      picked: isChosen ? [...others, ...paths] : others,
      ...(others.length > 0 && { name: undefined }),
    });
  };
  const openFile = (path: string) => {
    setOpened(path);
    noteRecent(folder);
  };
  const selection = { paths: new Set(picked), onChange: choose };
  return (
    <Panel title={stageStrings.data}>
      <Tabs defaultValue={pasted === '' ? 'browse' : 'paste'} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="browse" leftSection={<Icon name="folder" />}>
            {stageStrings.browse}
          </Tabs.Tab>
          {config.has_rucio && (
            <Tabs.Tab value="dids" leftSection={<Icon name="search" />}>
              {stageStrings.dids}
            </Tabs.Tab>
          )}
          <Tabs.Tab value="paste" leftSection={<Icon name="lines" />}>
            {stageStrings.paste}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="browse" className={styles.tab}>
          <FolderBrowser
            path={folder}
            onPath={setFolder}
            hasObjectStore={config.source_buckets.length > 0}
            selection={selection}
            onOpenFile={openFile}
          />
        </Tabs.Panel>
        <Tabs.Panel value="dids" className={styles.tab}>
          <DidBrowser selection={selection} onOpenFile={setOpened} />
        </Tabs.Panel>
        <Tabs.Panel value="paste" className={styles.tab}>
          <PasteBox pasted={pasted} onChange={(text) => onChange({ pasted: text })} />
        </Tabs.Panel>
      </Tabs>
      {opened !== undefined && (
        <SourcePreview
          path={opened}
          isChosen={sources.includes(opened)}
          onChoose={(isChosen) => choose([opened], isChosen)}
          onClose={() => setOpened(undefined)}
        />
      )}
      <fieldset
        className={styles.chosen}
        aria-label={stageStrings.chosen}
        aria-describedby={problemId}
        data-invalid={problem !== undefined || undefined}
        tabIndex={-1}
      >
        <ChosenList
          sources={sources}
          onRemove={(source) =>
            onChange({
              picked: picked.filter((path) => path !== source),
              pasted: replaceLine(pasted, source, []),
            })
          }
          onClear={() => onChange({ picked: [], pasted: '' })}
        />
        <p id={problemId} className={styles.problem} role={problem && 'alert'}>
          {problem}
        </p>
      </fieldset>
    </Panel>
  );
}

interface SourcePreviewProps {
  readonly path: string;
  readonly isChosen: boolean;
  onChoose(isChosen: boolean): void;
  onClose(): void;
}

/** The file whose name was clicked, to check whether it is the right one, and to select it. */
function SourcePreview({ path, isChosen, onChoose, onClose }: SourcePreviewProps) {
  return (
    <section className={styles.preview} aria-label={previewStrings.title}>
      <div className={styles.previewLine}>
        <h3 className={styles.previewName}>
          <BreakablePath path={baseName(path)} />
        </h3>
        <Button
          size="compact-sm"
          variant={isChosen ? 'light' : 'default'}
          leftSection={isChosen && <Icon name="check" />}
          aria-pressed={isChosen}
          onClick={() => onChoose(!isChosen)}
        >
          {isChosen ? stageStrings.isChosen : stageStrings.choose}
        </Button>
        <CloseButton icon={<Icon name="close" />} aria-label={previewStrings.close} onClick={onClose} />
      </div>
      <FilePreview path={path} />
    </section>
  );
}
