import { Button, CloseButton } from '@mantine/core';
import { BreakablePath } from '../../../components/BreakablePath.tsx';
import { Icon } from '../../../components/Icon.tsx';
import { FilePreview } from '../../../components/preview/FilePreview.tsx';
import { baseName } from '../../../format/format.ts';
import { previewStrings } from '../../../strings/preview.ts';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './SourcePanel.module.css';

interface SourcePreviewProps {
  readonly path: string;
  readonly isChosen: boolean;
  onChoose(isChosen: boolean): void;
  onClose(): void;
}

/** The file whose name was clicked, to check whether it is the right one, and to select it. */
export function SourcePreview({ path, isChosen, onChoose, onClose }: SourcePreviewProps) {
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
