import { useEffect } from 'react';
import type { Operation, SiteConfig } from '../../../api/client.ts';
import { hasEnded, retryOperation, useOperation } from '../../../api/operations/operations.ts';
import { Failure, Loaded } from '../../../components/Failure.tsx';
import { Loading } from '../../../components/Loading.tsx';
import { Message } from '../../../components/Message.tsx';
import { OperationProgress } from '../../../components/operation/OperationProgress.tsx';
import { Retry, RetryButton } from '../../../components/operation/RetryButton.tsx';
import { baseName } from '../../../format/format.ts';
import { hrefs } from '../../../routing/useRoute.ts';
import { type SingleRequest, updateRequest } from '../../../state/requests.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { send } from '../submit.ts';
import { CardHeading } from './CardHeading.tsx';
import { OperationFailure } from './OperationFailure.tsx';
import { OperationSuccess } from './OperationSuccess.tsx';
import styles from './RequestList.module.css';
import { useDownloadOperation } from './useDownloadOperation.ts';

interface RequestCardProps {
  readonly request: SingleRequest;
  readonly config: SiteConfig;
  /** Whether all of it is shown, or only its state. */
  readonly isOpen: boolean;
}

/** One request: its progress, and then its result. */
export function RequestCard({ request, config, isOpen }: RequestCardProps) {
  useDownloadOperation(request);
  const { operationId, order, error, downloadedAfter } = request;
  if (operationId !== undefined) {
    return <FollowedOperation id={operationId} {...{ request, config, isOpen }} />;
  }
  return (
    <article className={styles.card} aria-label={nameOf(order.source)}>
      <CardHeading title={nameOf(order.source)} method={order.method} />
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
      <CardHeading
        title={nameOf(request.order.source)}
        method={request.order.method}
        seen={query.data && { ...query.data, href: hrefs.operation(id) }}
      />
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
          {operation.retryable ? (
            <Retry retry={() => retryOperation(operation.id)} />
          ) : (
            <SendAgain request={request} />
          )}
        </OperationFailure>
      );
    default:
      return <OperationProgress operation={operation} />;
  }
}

/** Sends the request again, if there is no operation to retry. */
function SendAgain({ request }: { request: SingleRequest }) {
  return <RetryButton onClick={() => void send(request, '')} />;
}

function nameOf(source: string): string {
  return baseName(source) || stageStrings.wholeStorage;
}
