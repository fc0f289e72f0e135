import { Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../../api/apiError.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { remedyOf } from '../../strings/remedies.ts';
import { Icon, type IconName } from '../controls/Icon.tsx';
import styles from './Loaded.module.css';
import { Message } from './Message.tsx';

/** How many errors are listed at a time. */
const maxFieldErrors = 10;

interface FailureProps {
  readonly error: ApiError;
  /** The remedy, if the service did not give one. */
  readonly remedy?: string;
  /** The reader's name for the part of a request that the service names (`items.3.relative_path`). */
  readonly describe?: ((path: string) => string | undefined) | undefined;
  readonly children?: ReactNode;
}

/** Why something failed, its remedy, and links to details. */
export function Failure({ error, remedy, describe, children }: FailureProps) {
  const { problem } = error;
  return (
    <Message kind="bad" title={error.message}>
      <FieldErrors error={error} describe={describe} />
      <p>{remedyOf(problem?.code, problem?.remedy ?? remedy ?? commonStrings.triesAgain)}</p>
      {problem && (
        <p className={styles.small}>
          <code>{problem.code}</code> (HTTP {problem.status})
          {problem.operation_id && (
            <>
              {' · '}
              <a href={hrefs.operation(problem.operation_id)}>
                {commonStrings.operationLink(problem.operation_id)}
              </a>
            </>
          )}
          {problem.request_id && ` · ${commonStrings.requestId(problem.request_id)}`}
        </p>
      )}
      {children}
    </Message>
  );
}

/** The message already contains a single error, unless it has a better name. */
function FieldErrors({ error: { problem }, describe = () => undefined }: FailureProps) {
  const { errors = [] } = problem ?? {};
  const shown = errors.slice(0, maxFieldErrors);
  if (errors.length < 2 && !shown.some(({ path }) => describe(path) !== undefined)) return null;
  return (
    <ul className={styles.errors}>
      {shown.map(({ path, message }) => (
        <li key={path + message}>
          <code>{describe(path) ?? path}</code> {message}
        </li>
      ))}
      {errors.length > shown.length && <li>{commonStrings.andMore(errors.length - shown.length)}</li>}
    </ul>
  );
}

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data, ApiError>;
  /** Shown until data is available; of about the size of the data. */
  readonly placeholder?: ReactNode;
  children(data: Data): ReactNode;
}

/** The data of a query, its loading state, or its failure. The last data stays while the service is down. */
export function Loaded<Data>({ query, placeholder = <Loading rows={3} />, children }: LoadedProps<Data>) {
  const { data, error } = query;
  if (data === undefined) return error ? <Failure error={error} /> : placeholder;
  return (
    <>
      {/* An unreachable service is shown once, at the top of the page. */}
      {error && error.kind !== 'unreachable' && <Failure error={error} />}
      {children(data)}
    </>
  );
}

/** A loading indicator in the place of the data, with placeholder rows. Invisible for the first 150 ms. */
export function Loading({ rows = 0 }: { rows?: number }) {
  return (
    <div className={styles.loadingPlace} data-loading>
      <div role="status" className={styles.loading}>
        <Loader size="sm" type="dots" aria-hidden="true" />
        <span>{commonStrings.loading}</span>
      </div>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have nothing else.
        <div key={row} className={styles.row} aria-hidden="true" />
      ))}
    </div>
  );
}

/** Shown if there is no data: the reason, and what the reader can do. */
export function EmptyState({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <Icon name={icon} />
      <p className={styles.emptyTitle}>{title}</p>
      {children}
    </div>
  );
}
