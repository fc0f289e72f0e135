import type { ApiError } from './api.ts';
import { hrefs } from './useRoute.ts';

/** Why something failed, what to do about it, and where to find more: what the service said, or what we know. */
export function Failure({ error, remedy }: { error: ApiError; remedy?: string }) {
  const { problem } = error;
  return (
    <div className="notice bad">
      <p>
        <strong>{error.message}</strong>
      </p>
      <FieldErrors errors={problem?.errors ?? []} />
      <p>{problem?.remedy ?? remedy ?? 'This page tries again by itself.'}</p>
      {problem && (
        <p className="small">
          <code>{problem.code}</code> (HTTP {problem.status})
          {problem.operation_id && (
            <>
              {' · '}
              <a href={hrefs.operation(problem.operation_id)}>Operation {problem.operation_id}</a>
            </>
          )}
          {problem.request_id && ` · Request ${problem.request_id}`}
        </p>
      )}
    </div>
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

/** The state of a panel that loads: why it failed, or that it still loads; nothing once it shows something. */
export function LoadState({ isLoaded, error }: { isLoaded: boolean; error: ApiError | undefined }) {
  // With something to show, a service that is down is said once, at the top of the page.
  if (error && !(isLoaded && error.kind === 'unreachable')) return <Failure error={error} />;
  return isLoaded ? null : <p className="muted">Loading…</p>;
}
