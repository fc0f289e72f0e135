import { Table } from '@mantine/core';
import type { Overview } from '../../api/site.ts';
import { EmptyState } from '../../components/layout/Loaded.tsx';
import { Panel } from '../../components/layout/View.tsx';
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

/** How operations end, and the colours of that. */
const outcomes = [
  { key: 'completed', tone: 'good', name: overviewStrings.completed },
  { key: 'error', tone: 'bad', name: overviewStrings.failed },
  { key: 'aborted', tone: 'quiet', name: overviewStrings.aborted },
] as const;

type Numbers = Omit<Overview['hours'][number], 'hour'>;

/** What the service has done: the most important numbers, and the operations and bytes hour by hour. */
export function Activity({ overview }: { overview: Overview }) {
  const { hours } = overview;
  const sumOf = (key: keyof Numbers) => hours.reduce((sum, hour) => sum + hour[key], 0);
  const total = {
    completed: sumOf('completed'),
    error: sumOf('error'),
    aborted: sumOf('aborted'),
    bytes: sumOf('bytes'),
  };
  return (
    <>
      <Totals overview={overview} total={total} />
      <HourCharts hours={hours} total={total} />
    </>
  );
}

function Totals({ overview: { hours, queue }, total }: { overview: Overview; total: Numbers }) {
  const { completed, error, aborted, bytes } = total;
  const ended = completed + error;
  const rate = ended === 0 ? overviewStrings.noneYet : `${((100 * completed) / ended).toFixed(1)} %`;
  const perHour = formatSize(hours.length === 0 ? 0 : bytes / hours.length);
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
      <Queue queue={queue} />
    </dl>
  );
}

function Queue({ queue }: Pick<Overview, 'queue'>) {
  if (!queue) {
    return (
      <Total name={overviewStrings.queue} value={overviewStrings.noneYet} hint={overviewStrings.unknown} />
    );
  }
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

function HourCharts({ hours, total }: Pick<Overview, 'hours'> & { total: Numbers }) {
  const labelOf = hours.length > 48 ? formatWeekday : formatHour;
  if (outcomes.every(({ key }) => total[key] === 0)) {
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
          legend={outcomes}
          bars={hours.map((numbers) => ({
            key: numbers.hour,
            label: labelOf(numbers.hour),
            title: `${formatTime(numbers.hour)}: ${outcomes.map(({ key, name }) => `${name} ${numbers[key]}`).join(', ')}`,
            parts: outcomes.map(({ key, tone }) => ({ tone, value: numbers[key] })),
          }))}
        />
        <HourTable hours={hours} />
      </Panel>
      <Panel title={overviewStrings.bytesPerHour}>
        <BarChart
          summary={overviewStrings.bytesSummary(formatSize(total.bytes))}
          format={formatSize}
          bars={hours.map(({ hour, bytes }) => ({
            key: hour,
            label: labelOf(hour),
            title: `${formatTime(hour)}: ${formatSize(bytes)}`,
            parts: [{ tone: 'main', value: bytes }],
          }))}
        />
      </Panel>
    </div>
  );
}

/** The numbers of the charts: hours with requests, newest first. */
function HourTable({ hours }: Pick<Overview, 'hours'>) {
  const busy = hours.filter((numbers) => outcomes.some(({ key }) => numbers[key] > 0)).toReversed();
  return (
    <details className={styles.details}>
      <summary>{overviewStrings.asTable}</summary>
      <div className={styles.scroll}>
        <Table className={styles.numbers}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{overviewStrings.hour}</Table.Th>
              {[...outcomes.map(({ name }) => name), overviewStrings.bytes].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {busy.map((numbers) => (
              <Table.Tr key={numbers.hour}>
                <Table.Td>{formatTime(numbers.hour)}</Table.Td>
                {outcomes.map(({ key }) => (
                  <Table.Td key={key}>{formatCount(numbers[key])}</Table.Td>
                ))}
                <Table.Td>{formatSize(numbers.bytes)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </details>
  );
}
