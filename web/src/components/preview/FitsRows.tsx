import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { tableRowsQuery } from '../../api/files/preview.ts';
import { formatCount } from '../../format/format.ts';
import { previewStrings } from '../../strings/preview.ts';
import { Loaded } from '../Failure.tsx';
import styles from './Preview.module.css';

/** The first rows of a table. */
export function FitsRows({ path, index }: { path: string; index: number }) {
  const query = useQuery(tableRowsQuery(path, index));
  return (
    <Loaded query={query}>
      {({ columns, rows, rows_total }) => (
        <div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1). */}
          <section className={styles.content} tabIndex={0} aria-label={previewStrings.rows}>
            <Table className={styles.rows}>
              <Table.Thead>
                <Table.Tr>
                  {numbered(columns).map(({ number, value }) => (
                    <Table.Th key={number}>{value}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {numbered(rows).map(({ number: row, value: cells }) => (
                  <Table.Tr key={row}>
                    {numbered(cells).map(({ number, value }) => (
                      <Table.Td key={number}>{value ?? '–'}</Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </section>
          <p className={styles.hint}>
            {rows_total === 0
              ? previewStrings.noRows
              : previewStrings.rowsOf(formatCount(rows.length), formatCount(rows_total))}
          </p>
        </div>
      )}
    </Loaded>
  );
}

/** Columns may have the same name, and rows have none: only the position identifies them. */
function numbered<Value>(values: readonly Value[]): { number: number; value: Value }[] {
  return values.map((value, number) => ({ number, value }));
}
