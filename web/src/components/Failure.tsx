import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/apiError.ts';
import { hrefs } from '../app/useRoute.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './Failure.module.css';
import { Loading } from './Loading.tsx';
import { Message } from './Message.tsx';

interface FailureProps {
  readonly error: ApiError;
  /** What to do where the service did not say so itself. */
  readonly remedy?: string;
  readonly children?: ReactNode;
}

/** Why something failed, what to do about it, and where to find more: what the service said, or what we know. */
export function Failure({ error, remedy, children }: FailureProps) {
  const { problem } = error;
  return (
    <Message kind="bad" title={error.message}>
      <FieldErrors errors={problem?.errors ?? []} />
      <p>{problem?.remedy ?? remedy ?? commonStrings.triesAgain}</p>
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

/** A single one is said by the message already. */
function FieldErrors({ errors }: { errors: readonly { path: string; message: string }[] }) {
  if (errors.length < 2) return null;
  return (
    <ul>
      {errors.map(({ path, message }) => (
        <li key={path + message}>
          <code>{path}</code> {message}
        </li>
      ))}
    </ul>
  );
}

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data, ApiError>;
  /** What is shown while nothing is there yet; something as large as what will be there. */
  readonly placeholder?: ReactNode;
  children(data: Data): ReactNode;
}

/** What a query brought; that it still loads; or why it failed. What was seen last stays while the service is down. */
export function Loaded<Data>({ query, placeholder = <Loading />, children }: LoadedProps<Data>) {
  const { data, error } = query;
  if (data === undefined) return error ? <Failure error={error} /> : placeholder;
  return (
    <>
      {/* That the service is down is said once, at the top of the page. */}
      {error && error.kind !== 'unreachable' && <Failure error={error} />}
      {children(data)}
    </>
  );
}
