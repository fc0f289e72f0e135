import type { Overview } from '../../api/site/overview.ts';
import { formatCount, formatDuration, formatSize } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import styles from './Overview.module.css';
import { totalOf } from './totalOf.ts';

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
