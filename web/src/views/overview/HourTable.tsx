import { Table } from '@mantine/core';
import type { Overview } from '../../api/site/overview.ts';
import { formatCount, formatSize, formatTime } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import styles from './Overview.module.css';

/** The numbers of the charts: hours with requests, newest first. */
export function HourTable({ hours }: Pick<Overview, 'hours'>) {
  const busy = hours.filter(({ completed, error, aborted }) => completed + error + aborted > 0).toReversed();
  return (
    <details className={styles.details}>
      <summary>{overviewStrings.asTable}</summary>
      <div className={styles.scroll}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{overviewStrings.hour}</Table.Th>
              <Table.Th className={styles.number}>{overviewStrings.completed}</Table.Th>
              <Table.Th className={styles.number}>{overviewStrings.failed}</Table.Th>
              <Table.Th className={styles.number}>{overviewStrings.aborted}</Table.Th>
              <Table.Th className={styles.number}>{overviewStrings.bytes}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {busy.map(({ hour, completed, error, aborted, bytes }) => (
              <Table.Tr key={hour}>
                <Table.Td>{formatTime(hour)}</Table.Td>
                <Table.Td className={styles.number}>{formatCount(completed)}</Table.Td>
                <Table.Td className={styles.number}>{formatCount(error)}</Table.Td>
                <Table.Td className={styles.number}>{formatCount(aborted)}</Table.Td>
                <Table.Td className={styles.number}>{formatSize(bytes)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </details>
  );
}
