import { baseName, formatSize, formatTime } from './format.ts';
import { describePhase } from './phases.ts';
import type { Operation } from './schemas.ts';
import { hrefs } from './useRoute.ts';

interface OperationsTableProps {
  readonly operations: readonly Operation[];
  readonly shownOperation: string | undefined;
}

/** Operations, one a row; the link in a row covers all of it. */
export function OperationsTable({ operations, shownOperation }: OperationsTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Data</th>
          <th scope="col">Phase</th>
          <th scope="col" className="wide-only">
            Method
          </th>
          <th scope="col" className="wide-only">
            User
          </th>
          <th scope="col" className="wide-only number">
            Size
          </th>
        </tr>
      </thead>
      <tbody>
        {operations.map((operation) => (
          <Row key={operation.id} operation={operation} isShown={operation.id === shownOperation} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ operation, isShown }: { operation: Operation; isShown: boolean }) {
  const { id, local_path_on_storage: source, created_at, method, username, bytes_total } = operation;
  return (
    <tr className={isShown ? 'shown' : undefined}>
      <td>
        <a
          className="covers-row"
          href={hrefs.operation(id)}
          title={source ?? undefined}
          aria-current={isShown ? 'true' : undefined}
        >
          {baseName(source ?? '') || '(no path)'}
        </a>
        <div className="muted small">
          <time dateTime={created_at}>{formatTime(created_at)}</time>
        </div>
      </td>
      <td>
        <PhaseBadge operation={operation} />
      </td>
      <td className="wide-only method">{method ?? '–'}</td>
      <td className="wide-only">{username ?? '–'}</td>
      <td className="wide-only number">{bytes_total === null ? '–' : formatSize(bytes_total)}</td>
    </tr>
  );
}

export function PhaseBadge({ operation }: { operation: Operation }) {
  return <span className={`badge ${operation.phase.toLowerCase()}`}>{describePhase(operation)}</span>;
}
