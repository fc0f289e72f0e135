import type { Operation } from '../../api/client.ts';
import type { SeenBatch } from '../../api/operations/batches.ts';
import {
  formatCount,
  formatDuration,
  formatExactSize,
  formatRate,
  secondsBetween,
} from '../../format/format.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationStrings } from '../../strings/operation.ts';
import { CopyLine } from '../controls/CopyButton.tsx';
import { FactList } from '../layout/FactList.tsx';

/** What an operation moved, how long that took, and its digests. */
export function OperationFacts({ operation }: { operation: Operation }) {
  const { bytes_done, files_done, source_location, link_type, sha256, adler32, md5 } = operation;
  const { facts, linkTypes } = operationStrings;
  return (
    <FactList
      facts={[
        [facts.size, bytes_done > 0 && formatExactSize(bytes_done)],
        [facts.files, files_done > 1 && formatCount(files_done)],
        [facts.source, source_location],
        [facts.link, link_type && linkTypes[link_type]],
        [facts.took, timeTaken(operation)],
        [facts.sha256, sha256 && <CopyLine text={sha256} what={facts.sha256} />],
        [facts.adler32, adler32 && <CopyLine text={adler32} what={facts.adler32} />],
        [facts.md5, md5 && <CopyLine text={md5} what={facts.md5} />],
      ]}
    />
  );
}

function timeTaken({ started_at, finished_at, bytes_done, outcome }: Operation): string | undefined {
  if (started_at === null || finished_at === null) return undefined;
  const seconds = secondsBetween(started_at, finished_at);
  if (outcome !== 'staged' || bytes_done === 0 || seconds <= 0) return formatDuration(seconds);
  return operationStrings.took(formatDuration(seconds), formatRate(bytes_done / seconds));
}

/** The results of a batch's items, in numbers. */
export function BatchFacts({ batch }: { batch: SeenBatch }) {
  const { id, counts, already_present, bytes_done, created_at, finished_at } = batch;
  const { facts } = batchStrings;
  const numberOf = (count = 0) => count > 0 && formatCount(count);
  return (
    <FactList
      facts={[
        [facts.staged, numberOf((counts.COMPLETED ?? 0) - already_present)],
        [facts.present, numberOf(already_present)],
        [facts.failed, numberOf(counts.ERROR)],
        [facts.aborted, numberOf(counts.ABORTED)],
        [facts.size, bytes_done > 0 && formatExactSize(bytes_done)],
        [facts.took, finished_at && formatDuration(secondsBetween(created_at, finished_at))],
        [facts.id, id],
      ]}
    />
  );
}
