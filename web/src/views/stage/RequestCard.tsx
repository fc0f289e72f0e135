import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Operation, SiteConfig } from '../../api/client.ts';
import { hasEnded, retryOperation, useOperation } from '../../api/operations.ts';
import { Failure, Loaded } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { Message } from '../../components/Message.tsx';
import { OperationProgress } from '../../components/OperationProgress.tsx';
import { PhaseBadge } from '../../components/PhaseBadge.tsx';
import { RetryButton } from '../../components/RetryButton.tsx';
import { baseName } from '../../format/format.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { type SingleRequest, updateRequest } from '../../state/requests.ts';
import { stageStrings } from '../../strings/stage.ts';
import { OperationFailure } from './OperationFailure.tsx';
import { OperationSuccess } from './OperationSuccess.tsx';
import styles from './RequestList.module.css';
import { send } from './submit.ts';
import { useDownloadOperation } from './useDownloadOperation.ts';

interface RequestCardProps {
  readonly request: SingleRequest;
  readonly config: SiteConfig;
  /** Whether all is shown of it, or only how it stands. */
  readonly isOpen: boolean;
}

/** One request: how far it is, and then what came of it. */
export function RequestCard({ request, config, isOpen }: RequestCardProps) {
  useDownloadOperation(request);
  const { operationId, order, error, downloadedAfter } = request;
  if (operationId !== undefined) {
    return <FollowedOperation id={operationId} {...{ request, config, isOpen }} />;
  }
  return (
    <article className={styles.card} aria-label={nameOf(order.source)}>
      <Heading request={request} />
      {error && (
        <Failure error={error} remedy={stageStrings.tryAgainWhenBack}>
          <SendAgain request={request} />
        </Failure>
      )}
      {!error && downloadedAfter === undefined && <Loading />}
      {!error && downloadedAfter !== undefined && (
        <Message kind="plain" title={stageStrings.downloadBegun(nameOf(order.source))}>
          <p>{stageStrings.downloadBegunHint}</p>
        </Message>
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
          {operation.retryable ? <Retry id={operation.id} /> : <SendAgain request={request} />}
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
  request: SingleRequest;
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

/** Tries again by the same operation, which keeps its place in the record. */
function Retry({ id }: { id: string }) {
  const retry = useMutation({ mutationFn: () => retryOperation(id) });
  return (
    <>
      <RetryButton isBusy={retry.isPending} onClick={() => retry.mutate()} />
      {retry.error && <Failure error={retry.error} />}
    </>
  );
}

/** Asks once more, where there is no operation that could be tried again. */
function SendAgain({ request }: { request: SingleRequest }) {
  return <RetryButton onClick={() => void send(request, '')} />;
}

function nameOf(source: string): string {
  return baseName(source) || stageStrings.wholeStorage;
}
