import type { Overview } from '../../api/site/overview.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Panel } from '../../components/Panel.tsx';
import { formatCount, formatHour, formatSize, formatTime, formatWeekday } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import { BarChart } from './BarChart.tsx';
import { HourTable } from './HourTable.tsx';
import styles from './Overview.module.css';
import { totalOf } from './totalOf.ts';

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
