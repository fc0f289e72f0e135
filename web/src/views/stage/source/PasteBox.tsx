import { Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type CheckedPath, checkPathsQuery, maxChecked } from '../../../api/files/browse.ts';
import { LinkButton } from '../../../components/controls/LinkButton.tsx';
import { Message } from '../../../components/layout/Message.tsx';
import { formatCount } from '../../../format/format.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { linesOf, replaceLine } from './pastedLines.ts';
import styles from './SourcePanel.module.css';

interface PasteBoxProps {
  readonly pasted: string;
  onChange(pasted: string): void;
}

/** How many wrong lines are shown at a time. */
const maxShown = 8;

/** The field for paths, which are checked as they are pasted: wrong ones can be corrected or removed line by line. */
export function PasteBox({ pasted, onChange }: PasteBoxProps) {
  return (
    <>
      <Textarea
        label={stageStrings.pasteLabel}
        description={stageStrings.pasteHint}
        placeholder={stageStrings.pastePlaceholder}
        rows={12}
        spellCheck={false}
        autoCapitalize="off"
        value={pasted}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div role="status" className={styles.checked}>
        <Checked pasted={pasted} onChange={onChange} />
      </div>
    </>
  );
}

function Checked({ pasted, onChange }: PasteBoxProps) {
  const [settled] = useDebouncedValue(pasted, 300);
  const paths = useMemo(() => [...new Set(linesOf(settled).map(({ path }) => path))], [settled]);
  const query = checkPathsQuery(paths.slice(0, maxChecked));
  // The previous answer is shown until the next one arrives.
  const { data, error } = useQuery({ ...query, placeholderData: keepPreviousData });
  if (paths.length === 0) return null;
  if (error) return <p className={styles.hint}>{stageStrings.notChecked(error.message)}</p>;
  if (!data) return <p className={styles.hint}>{stageStrings.checking}</p>;
  const found = new Map(data.map((checked) => [checked.path, checked]));
  // Later input is checked soon.
  const lines = linesOf(pasted).flatMap(({ number, path }) => {
    const checked = found.get(path);
    return checked ? [{ number, checked }] : [];
  });
  const wrong = lines.filter(({ checked }) => checked.kind === null);
  const patterns = lines.filter(({ checked }) => checked.kind === 'pattern');
  const good = lines.length - wrong.length;
  const correct = (all: readonly Line[], lineFor: (checked: CheckedPath) => readonly string[]) =>
    onChange(all.reduce((text, { checked }) => replaceLine(text, checked.path, lineFor(checked)), pasted));
  const suggested = wrong.filter(({ checked }) => checked.nearest !== null);
  return (
    <>
      {wrong.length === 0 && patterns.length === 0 && (
        <p className={styles.hint}>{stageStrings.allFound(formatCount(good))}</p>
      )}
      {patterns.map(({ number, checked }) => (
        <p key={number} className={styles.pattern}>
          <span>{stageStrings.matches(number, checked.path, matchesText(checked))}</span>
          <LinkButton onClick={() => correct([{ number, checked }], ({ matches = [] }) => matches)}>
            {stageStrings.takeMatches}
          </LinkButton>
        </p>
      ))}
      {wrong.length > 0 && (
        <Message kind="warn" title={stageStrings.someFound(formatCount(good), formatCount(lines.length))}>
          <ul className={styles.wrong} aria-label={stageStrings.wrongPaths}>
            {wrong.slice(0, maxShown).map((line) => (
              <WrongLine
                key={line.number}
                line={line}
                onReplace={(replacement) => correct([line], () => replacement)}
              />
            ))}
          </ul>
          {wrong.length > maxShown && <p>{stageStrings.andMore(formatCount(wrong.length - maxShown))}</p>}
          {wrong.length > 1 && (
            <p className={styles.fixes}>
              {suggested.length > 1 && (
                <LinkButton onClick={() => correct(suggested, ({ nearest }) => [nearest ?? ''])}>
                  {stageStrings.takeAllNearest(formatCount(suggested.length))}
                </LinkButton>
              )}
              <LinkButton onClick={() => correct(wrong, () => [])}>
                {stageStrings.leaveOutAll(formatCount(wrong.length))}
              </LinkButton>
            </p>
          )}
        </Message>
      )}
    </>
  );
}

interface Line {
  readonly number: number;
  readonly checked: CheckedPath;
}

interface WrongLineProps {
  readonly line: Line;
  onReplace(lines: readonly string[]): void;
}

/** A wrong line with its error, and the probable correction. */
function WrongLine({ line: { number, checked }, onReplace }: WrongLineProps) {
  const { path, reason, nearest } = checked;
  return (
    <li>
      <p>{stageStrings.wrongLine(number, reason ?? path)}</p>
      <p className={styles.fixes}>
        {nearest !== null && (
          <LinkButton onClick={() => onReplace([nearest])}>{stageStrings.takeNearest(nearest)}</LinkButton>
        )}
        <LinkButton aria-label={stageStrings.leaveOutLine(path)} onClick={() => onReplace([])}>
          {stageStrings.leaveOut}
        </LinkButton>
      </p>
    </li>
  );
}

function matchesText({ matches = [], complete }: CheckedPath): string {
  return `${complete ? '' : '> '}${formatCount(matches.length)}`;
}
