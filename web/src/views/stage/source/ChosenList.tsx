import { CloseButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { listKeyTarget, moveByKeys } from '../../../components/browser/listKeys.ts';
import { Icon } from '../../../components/controls/Icon.tsx';
import { LinkButton } from '../../../components/controls/LinkButton.tsx';
import { BreakablePath } from '../../../components/layout/BreakablePath.tsx';
import { formatCount } from '../../../format/format.ts';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './SourcePanel.module.css';

interface ChosenListProps {
  readonly sources: readonly string[];
  onRemove(source: string): void;
  onClear(): void;
}

/** All selected entries, of all folders; each can be removed. */
export function ChosenList({ sources, onRemove, onClear }: ChosenListProps) {
  if (sources.length === 0) return <p className={styles.hint}>{stageStrings.nothingChosen}</p>;
  return (
    <>
      <div className={styles.line}>
        <strong aria-live="polite">{stageStrings.chosenCount(formatCount(sources.length))}</strong>
        <LinkButton onClick={onClear}>{stageStrings.clear}</LinkButton>
      </div>
      <Sources sources={sources} onRemove={onRemove} />
    </>
  );
}

/** Only the visible part of the list is rendered, however long it is. */
function Sources({ sources, onRemove }: Omit<ChosenListProps, 'onClear'>) {
  const place = useRef<HTMLDivElement>(null);
  // One stop of the Tab key; the arrow keys move in it.
  const [focused, setFocused] = useState<string>();
  const stop = focused !== undefined && sources.includes(focused) ? focused : sources[0];
  const virtualizer = useVirtualizer({
    count: sources.length,
    estimateSize: () => 29,
    overscan: 8,
    getScrollElement: () => place.current,
    getItemKey: (index) => sources[index] ?? index,
  });
  return (
    <div ref={place} className={styles.sourcesPlace}>
      <ul className={styles.sources} style={{ height: virtualizer.getTotalSize() }} onKeyDown={moveByKeys}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const source = sources[index] ?? '';
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              aria-setsize={sources.length}
              aria-posinset={index + 1}
              className={styles.source}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span>
                <BreakablePath path={source} />
              </span>
              <CloseButton
                size="sm"
                {...{ [listKeyTarget]: '' }}
                tabIndex={source === stop ? 0 : -1}
                onFocus={() => setFocused(source)}
                icon={<Icon name="close" />}
                aria-label={stageStrings.remove(source)}
                onClick={() => onRemove(source)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
