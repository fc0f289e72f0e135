import { Table } from '@mantine/core';
import type { Overview } from '../../api/site.ts';
import { EmptyState } from '../../components/Loaded.tsx';
import { Panel } from '../../components/View.tsx';
import {
  formatCount,
  formatDuration,
  formatHour,
  formatSize,
  formatTime,
  formatWeekday,
} from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import { BarChart } from './BarChart.tsx';
import styles from './Overview.module.css';

/** The most important numbers. */
export function Totals({ overview }: { overview: Overview }) {
  const { completed, error, aborted, bytes } = totalOf(overview.hours);
  const ended = completed + error;
  const rate = ended === 0 ? overviewStrings.noneYet : `${((100 * completed) / ended).toFixed(1)} %`;
  const perHour = formatSize(overview.hours.length === 0 ? 0 : bytes / overview.hours.length);
  return (
    <dl className={styles.totals}>
      <Total
        name={overviewStrings.completed}
        value={formatCount(completed)}
        hint={overviewStrings.failures(formatCount(error), formatCount(aborted))}
      />
      <Total name={overviewStrings.success} value={rate} hint={overviewStrings.ofEnded(formatCount(ended))} />
      <Total
        name={overviewStrings.staged}
        value={formatSize(bytes)}
        hint={overviewStrings.perHour(perHour)}
      />
      <Queue queue={overview.queue} />
    </dl>
  );
}

function Queue({ queue }: Pick<Overview, 'queue'>) {
  if (!queue)
    return (
      <Total name={overviewStrings.queue} value={overviewStrings.noneYet} hint={overviewStrings.unknown} />
    );
  const { queued, executing, oldest_queued_seconds } = queue;
  const oldest =
    oldest_queued_seconds === null ? [] : [overviewStrings.oldest(formatDuration(oldest_queued_seconds))];
  return (
    <Total
      name={overviewStrings.queue}
      value={overviewStrings.waiting(formatCount(queued))}
      hint={[overviewStrings.running(formatCount(executing)), ...oldest].join(', ')}
    />
  );
}

function Total({ name, value, hint }: { name: string; value: string; hint: string }) {
  return (
    <div className={styles.total}>
      <dt>{name}</dt>
      <dd className={styles.value}>{value}</dd>
      <dd className={styles.hint}>{hint}</dd>
    </div>
  );
}

const { completed, failed, aborted } = overviewStrings;

/** Operations and bytes, hour by hour. */
export function HourCharts({ overview: { hours } }: { overview: Overview }) {
  const total = totalOf(hours);
  const label = hours.length > 48 ? formatWeekday : formatHour;
  if (total.completed + total.error + total.aborted === 0) {
    return (
      <Panel title={overviewStrings.operationsPerHour}>
        <EmptyState icon="chart" title={overviewStrings.nothing} />
      </Panel>
    );
  }
  return (
    <div className={styles.pair}>
      <Panel title={overviewStrings.operationsPerHour}>
        <BarChart
          summary={overviewStrings.operationsSummary(
            formatCount(total.completed),
            formatCount(total.error),
            formatCount(total.aborted),
          )}
          format={(value) => (Number.isInteger(value) ? formatCount(value) : '')}
          legend={[
            { tone: 'good', name: completed },
            { tone: 'bad', name: failed },
            { tone: 'quiet', name: aborted },
          ]}
          bars={hours.map((hour) => ({
            key: hour.hour,
            label: label(hour.hour),
            title: `${formatTime(hour.hour)}: ${completed} ${hour.completed}, ${failed} ${hour.error}, ${aborted} ${hour.aborted}`,
            parts: [
              { tone: 'good', value: hour.completed },
              { tone: 'bad', value: hour.error },
              { tone: 'quiet', value: hour.aborted },
            ],
          }))}
        />
        <HourTable hours={hours} />
      </Panel>
      <Panel title={overviewStrings.bytesPerHour}>
        <BarChart
          summary={overviewStrings.bytesSummary(formatSize(total.bytes))}
          format={formatSize}
          bars={hours.map((hour) => ({
            key: hour.hour,
            label: label(hour.hour),
            title: `${formatTime(hour.hour)}: ${formatSize(hour.bytes)}`,
            parts: [{ tone: 'main', value: hour.bytes }],
          }))}
        />
      </Panel>
    </div>
  );
}

/** The numbers of the charts: hours with requests, newest first. */
function HourTable({ hours }: Pick<Overview, 'hours'>) {
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

type Numbers = Omit<Overview['hours'][number], 'hour'>;

/** The sum of all hours. */
function totalOf(hours: readonly Numbers[]): Numbers {
  const total = (name: keyof Numbers) => hours.reduce((sum, hour) => sum + hour[name], 0);
  return {
    completed: total('completed'),
    error: total('error'),
    aborted: total('aborted'),
    bytes: total('bytes'),
  };
}
