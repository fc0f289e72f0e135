import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { type ErrorDefinition, errorTable } from '../../shared/errors/errorTable.ts';
import { LoadState } from './Failure.tsx';
import { formatExactSize, formatTime } from './format.ts';
import { PhaseBadge } from './OperationsTable.tsx';
import type { Operation } from './schemas.ts';
import { getOperation } from './service.ts';
import { usePolled } from './usePolled.ts';
import { hrefs } from './useRoute.ts';

/** All that the record says of one operation, kept up to date. */
export function OperationDetail({ id }: { id: string }) {
  const load = useCallback((signal: AbortSignal) => getOperation(id, signal), [id]);
  const { value: operation, error } = usePolled(load, 3000);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className="card" aria-labelledby="operation-title">
      <div className="row spread">
        <h2 id="operation-title" ref={title} tabIndex={-1}>
          Operation
        </h2>
        <a href={hrefs.stage}>Close</a>
      </div>
      <LoadState isLoaded={operation !== undefined} error={error} />
      {operation && <Record operation={operation} />}
    </section>
  );
}

function Record({ operation }: { operation: Operation }) {
  return (
    <>
      {operation.error_reason && (
        <div className="notice bad">
          <p>
            <strong>{operation.error_reason}</strong>
          </p>
          <p>{remedyOf(operation.error_code)}</p>
        </div>
      )}
      <dl className="facts">
        {fieldsOf(operation).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ?? <span className="muted">–</span>}</dd>
          </div>
        ))}
      </dl>
      <p>
        <a href={hrefs.logsOf(operation.id)}>Show its log lines</a>
      </p>
    </>
  );
}

function fieldsOf(operation: Operation): [name: string, value: ReactNode][] {
  return [
    ['Id', <code key="id">{operation.id}</code>],
    ['Phase', <PhaseBadge key="phase" operation={operation} />],
    ['Outcome', operation.outcome === 'already_present' ? 'already present' : operation.outcome],
    ['Method', operation.method],
    ['User', operation.username],
    ['Source', operation.local_path_on_storage],
    ['Destination', operation.relative_path],
    ['Error code', operation.error_code && <code>{operation.error_code}</code>],
    ['Bytes', progress(operation.bytes_done, operation.bytes_total, formatExactSize)],
    ['Files', progress(operation.files_done, operation.files_total, String)],
    ['SHA-256', operation.sha256 && <code>{operation.sha256}</code>],
    ['Adler-32', operation.adler32 && <code>{operation.adler32}</code>],
    ['MD5', operation.md5 && <code>{operation.md5}</code>],
    ['Link', operation.link_type],
    ['Attempts', operation.attempts],
    ['Requested', time(operation.created_at)],
    ['Started', time(operation.started_at)],
    ['Finished', time(operation.finished_at)],
    ['Request id', operation.request_id && <code>{operation.request_id}</code>],
  ];
}

function progress(done: number, total: number | null, format: (count: number) => string): string {
  return total === null || total === done ? format(done) : `${format(done)} of ${format(total)}`;
}

function time(iso: string | null): ReactNode {
  return iso && <time dateTime={iso}>{formatTime(iso)}</time>;
}

/** What the error table says to do about an error. */
function remedyOf(code: string | null): string | undefined {
  const entries: [string, ErrorDefinition][] = Object.entries(errorTable);
  return entries.find(([known]) => known === code)?.[1].remedy;
}
