import { Button } from '@mantine/core';
import { useEffect } from 'react';
import type { Operation, SiteConfig } from '../../api/client.ts';
import { hasEnded, useOperation } from '../../api/operations.ts';
import { type StagingRequest, updateRequest } from '../../app/requests.ts';
import { hrefs } from '../../app/useRoute.ts';
import { Failure, Loaded } from '../../components/Failure.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Loading } from '../../components/Loading.tsx';
import { OperationProgress } from '../../components/OperationProgress.tsx';
import { PhaseBadge } from '../../components/PhaseBadge.tsx';
import { baseName } from '../../format/format.ts';
import { stageStrings } from '../../strings/stage.ts';
import { OperationFailure } from './OperationFailure.tsx';
import { OperationSuccess } from './OperationSuccess.tsx';
import styles from './RequestList.module.css';
import { send } from './submit.ts';
import { useDownloadOperation } from './useDownloadOperation.ts';

interface RequestCardProps {
  readonly request: StagingRequest;
  readonly config: SiteConfig;
  /** Whether all is shown of it, or only how it stands. */
  readonly isOpen: boolean;
}

/** One request: how far it is, and then what came of it. */
export function RequestCard({ request, config, isOpen }: RequestCardProps) {
  useDownloadOperation(request);
  const { operationId, order, error } = request;
  if (operationId !== undefined) {
    return <FollowedOperation id={operationId} {...{ request, config, isOpen }} />;
  }
  return (
    <article className={styles.card} aria-label={nameOf(order.source)}>
      <Heading request={request} />
      {error ? (
        <Failure error={error} remedy={stageStrings.tryAgainWhenBack}>
          <SendAgain request={request} />
        </Failure>
      ) : (
        <Loading />
      )}
    </article>
  );
}

function FollowedOperation({ id, request, config, isOpen }: RequestCardProps & { id: string }) {
  const query = useOperation(id);
  const isOver = query.data !== undefined && hasEnded(query.data);
  useEffect(() => {
    updateRequest(request.key, { hasEnded: isOver });
  }, [request.key, isOver]);
  return (
    <article className={styles.card} aria-label={nameOf(request.order.source)}>
      <Heading request={request} operation={query.data} />
      <Loaded query={query}>{(operation) => <State {...{ operation, request, config, isOpen }} />}</Loaded>
    </article>
  );
}

function State({ operation, request, config, isOpen }: RequestCardProps & { operation: Operation }) {
  switch (operation.phase) {
    case 'COMPLETED':
      return <OperationSuccess {...{ operation, config, isOpen }} order={request.order} />;
    case 'ERROR':
    case 'ABORTED':
      return (
        <OperationFailure operation={operation}>
          <SendAgain request={request} />
        </OperationFailure>
      );
    default:
      return <OperationProgress operation={operation} />;
  }
}

function Heading({
  request: { order },
  operation,
}: {
  request: StagingRequest;
  operation?: Operation | undefined;
}) {
  const name = nameOf(order.source);
  return (
    <div className={styles.heading}>
      <h3 className={styles.name}>{operation ? <a href={hrefs.operation(operation.id)}>{name}</a> : name}</h3>
      <code className={styles.method}>{order.method}</code>
      {operation && <PhaseBadge operation={operation} />}
    </div>
  );
}

function SendAgain({ request }: { request: StagingRequest }) {
  return (
    <div>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="retry" />}
        onClick={() => void send(request, '')}
      >
        {stageStrings.retry}
      </Button>
    </div>
  );
}

function nameOf(source: string): string {
  return baseName(source) || stageStrings.wholeStorage;
}
