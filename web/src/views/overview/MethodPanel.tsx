import { Table } from '@mantine/core';
import type { Overview } from '../../api/site.ts';
import { EmptyState } from '../../components/layout/Loaded.tsx';
import { Panel } from '../../components/layout/View.tsx';
import { formatDuration } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import styles from './Overview.module.css';

/** How long each method takes, and how often it succeeds. */
export function MethodPanel({ methods }: Pick<Overview, 'methods'>) {
  const slowest = Math.max(...methods.map(({ p90_seconds }) => p90_seconds ?? 0));
  return (
    <Panel title={overviewStrings.methods}>
      {methods.length === 0 ? (
        <EmptyState icon="clock" title={overviewStrings.noMethods} />
      ) : (
        <Table className={`${styles.numbers} ${styles.methods}`} verticalSpacing="xs" horizontalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{overviewStrings.method}</Table.Th>
              <Table.Th>{overviewStrings.median}</Table.Th>
              <Table.Th>{overviewStrings.ninetieth}</Table.Th>
              <Table.Th>{overviewStrings.methodSuccess}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {methods.map((method) => (
              <MethodRow key={method.method} method={method} slowest={slowest} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function MethodRow({ method, slowest }: { method: Overview['methods'][number]; slowest: number }) {
  const { median_seconds, p90_seconds, completed, error } = method;
  const part = (seconds: number | null) => `${slowest === 0 ? 0 : (100 * (seconds ?? 0)) / slowest}%`;
  return (
    <Table.Tr>
      <Table.Td>
        <code>{method.method}</code>
        <div className={styles.times} aria-hidden="true">
          <div className={styles.ninetieth} style={{ width: part(p90_seconds) }} />
          <div className={styles.median} style={{ width: part(median_seconds) }} />
        </div>
      </Table.Td>
      <Table.Td>{timeOf(median_seconds)}</Table.Td>
      <Table.Td>{timeOf(p90_seconds)}</Table.Td>
      <Table.Td>{successOf(completed, error)}</Table.Td>
    </Table.Tr>
  );
}

function timeOf(seconds: number | null): string {
  return seconds === null ? overviewStrings.noneYet : formatDuration(seconds);
}

function successOf(completed: number, error: number): string {
  const ended = completed + error;
  return ended === 0 ? overviewStrings.noneYet : `${Math.floor((100 * completed) / ended)} %`;
}
