import type { Operation } from '../../api/client.ts';
import type { SeenBatch } from '../../api/operations/batches.ts';
import { formatCount, formatDuration, formatExactSize, formatRate } from '../../format/format.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationStrings } from '../../strings/operation.ts';
import { CopyButton } from '../CopyButton.tsx';
import styles from './Facts.module.css';

/** What an operation moved, how long that took, and its digests. */
export function OperationFacts({ operation }: { operation: Operation }) {
  const { bytes_done, files_done, source_location, link_type, sha256, adler32, md5 } = operation;
  const { facts, linkTypes } = operationStrings;
  return (
    <dl className={styles.facts}>
      {bytes_done > 0 && <Fact name={facts.size} value={formatExactSize(bytes_done)} />}
      {files_done > 1 && <Fact name={facts.files} value={formatCount(files_done)} />}
      {source_location && <Fact name={facts.source} value={source_location} />}
      {link_type && <Fact name={facts.link} value={linkTypes[link_type]} />}
      <Fact name={facts.took} value={timeTaken(operation)} />
      {sha256 && <Digest name={facts.sha256} value={sha256} />}
      {adler32 && <Digest name={facts.adler32} value={adler32} />}
      {md5 && <Digest name={facts.md5} value={md5} />}
    </dl>
  );
}

function timeTaken({ started_at, finished_at, bytes_done, outcome }: Operation): string | undefined {
  if (started_at === null || finished_at === null) return undefined;
  const seconds = (Date.parse(finished_at) - Date.parse(started_at)) / 1000;
  if (outcome !== 'staged' || bytes_done === 0 || seconds <= 0) return formatDuration(seconds);
  return operationStrings.took(formatDuration(seconds), formatRate(bytes_done / seconds));
}

function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (value === undefined) return null;
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Digest({ name, value }: { name: string; value: string }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd className={styles.digest}>
        <code>{value}</code>
        <CopyButton text={value} what={name} />
      </dd>
    </div>
  );
}

/** The results of a batch's items, in numbers. */
export function BatchFacts({ batch }: { batch: SeenBatch }) {
  const { id, counts, already_present, bytes_done, created_at, finished_at } = batch;
  const { facts } = batchStrings;
  const { COMPLETED: completed = 0, ERROR: failed = 0, ABORTED: aborted = 0 } = counts;
  const numbers: readonly [string, number][] = [
    [facts.staged, completed - already_present],
    [facts.present, already_present],
    [facts.failed, failed],
    [facts.aborted, aborted],
  ];
  const took = finished_at && (Date.parse(finished_at) - Date.parse(created_at)) / 1000;
  const rows: readonly [string, string][] = [
    ...numbers
      .filter(([, count]) => count > 0)
      .map(([name, count]): [string, string] => [name, formatCount(count)]),
    ...(bytes_done > 0 ? [[facts.size, formatExactSize(bytes_done)] satisfies [string, string]] : []),
    ...(took === null || took === '' ? [] : [[facts.took, formatDuration(took)] satisfies [string, string]]),
    [facts.id, id],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
