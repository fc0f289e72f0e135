import { CloseButton } from '@mantine/core';
import { Icon } from '../../components/Icon.tsx';
import { stageStrings } from '../../strings/stage.ts';
import styles from './SourcePanel.module.css';

interface ChosenListProps {
  readonly sources: readonly string[];
  onRemove(source: string): void;
  onClear(): void;
}

/** All that was chosen, in whatever folder; each of it can be taken back. */
export function ChosenList({ sources, onRemove, onClear }: ChosenListProps) {
  if (sources.length === 0) return <p className={styles.hint}>{stageStrings.nothingChosen}</p>;
  return (
    <>
      <div className={styles.line}>
        <strong aria-live="polite">{stageStrings.chosenCount(sources.length)}</strong>
        <button type="button" className={styles.clear} onClick={onClear}>
          {stageStrings.clear}
        </button>
      </div>
      <ul className={styles.sources}>
        {sources.map((source) => (
          <li key={source} className={styles.source}>
            <span>{source}</span>
            <CloseButton
              size="sm"
              icon={<Icon name="close" />}
              aria-label={stageStrings.remove(source)}
              onClick={() => onRemove(source)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
