import { useCallback, useState } from 'react';
import { phases } from '../../shared/operations/operation.ts';
import { LoadState } from './Failure.tsx';
import { OperationsTable } from './OperationsTable.tsx';
import { PageButtons } from './PageButtons.tsx';
import { phaseTitle } from './phases.ts';
import { listOperations } from './service.ts';
import { useDelayed } from './useDelayed.ts';
import { usePages } from './usePages.ts';
import { usePolled } from './usePolled.ts';

interface OperationsPanelProps {
  /** Whether it can be seen; only then it asks for news. */
  readonly isShown: boolean;
  readonly shownOperation: string | undefined;
}

/** The recent operations, newest first, kept up to date. */
export function OperationsPanel({ isShown, shownOperation }: OperationsPanelProps) {
  const [phase, setPhase] = useState('');
  const [typedUsername, setTypedUsername] = useState('');
  const username = useDelayed(typedUsername.trim(), 300);
  const pages = usePages();
  const { cursor } = pages;
  const load = useCallback(
    (signal: AbortSignal) => listOperations({ phase, username, cursor }, signal),
    [phase, username, cursor],
  );
  const { value: page, error } = usePolled(load, 3000, isShown);
  const isFiltered = phase !== '' || username !== '';

  return (
    <section className="card" aria-labelledby="operations-title">
      <h2 id="operations-title">Recent operations</h2>
      <div className="row filters">
        <label>
          Phase
          <select
            value={phase}
            onChange={(event) => {
              setPhase(event.target.value);
              pages.goToFirst();
            }}
          >
            <option value="">All</option>
            {phases.map((name) => (
              <option key={name} value={name}>
                {phaseTitle(name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          User
          <input
            type="search"
            value={typedUsername}
            onChange={(event) => {
              setTypedUsername(event.target.value);
              pages.goToFirst();
            }}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="All"
          />
        </label>
      </div>
      <LoadState isLoaded={page !== undefined} error={error} />
      {page?.operations.length === 0 && (
        <p className="muted">
          {isFiltered ? 'No operation fits these filters.' : 'Nothing has been staged yet.'}
        </p>
      )}
      {page && page.operations.length > 0 && (
        <OperationsTable operations={page.operations} shownOperation={shownOperation} />
      )}
      <div className="row">
        <PageButtons pages={pages} nextCursor={page?.next_cursor ?? null} back="Newer" on="Older" />
      </div>
    </section>
  );
}
