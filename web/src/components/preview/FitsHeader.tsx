import { Table } from '@mantine/core';
import type { FitsHdu } from '../../api/files/preview.ts';
import { previewStrings } from '../../strings/preview.ts';
import styles from './Preview.module.css';

type Card = FitsHdu['cards'][number];

interface FitsHeaderProps {
  readonly index: number;
  readonly cards: readonly Card[];
  readonly isOpen: boolean;
}

/** A header as a table. Its history is collapsed, because it may be most of it. */
export function FitsHeader({ index, cards, isOpen }: FitsHeaderProps) {
  const numbered = cards.map((card, number) => ({ ...card, number }));
  const commentary = numbered.filter(({ keyword }) => ['COMMENT', 'HISTORY', ''].includes(keyword));
  const others = numbered.filter((card) => !commentary.includes(card));
  return (
    <details key={String(isOpen)} className={styles.header} open={isOpen}>
      <summary>{previewStrings.header(cards.length)}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1). */}
      <section className={styles.content} tabIndex={0} aria-label={previewStrings.content}>
        <Table aria-label={index === 0 ? previewStrings.primary : previewStrings.extension(index)}>
          <Table.Thead>
            <Table.Tr>
              {Object.entries(previewStrings.cards).map(([name, title]) => (
                <Table.Th key={name}>{title}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {others.map(({ number, keyword, value, comment }) => (
              <Table.Tr key={number}>
                <Table.Td>
                  <code>{keyword}</code>
                </Table.Td>
                <Table.Td>{value}</Table.Td>
                <Table.Td>{comment}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {commentary.length > 0 && (
          <details className={styles.commentary}>
            <summary>{previewStrings.commentary(commentary.length)}</summary>
            <pre>{commentary.map(({ keyword, comment }) => `${keyword} ${comment ?? ''}`).join('\n')}</pre>
          </details>
        )}
      </section>
    </details>
  );
}
