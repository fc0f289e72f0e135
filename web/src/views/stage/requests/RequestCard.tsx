import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { isApiElsewhere } from '../../../api/apiAddress.ts';
import type { Operation, SiteConfig } from '../../../api/client.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import {
  downloadsQuery,
  hasEnded,
  retryOperation,
  type StagingOrder,
  useOperation,
} from '../../../api/operations/operations.ts';
import { CopyLine } from '../../../components/CopyButton.tsx';
import { Failure, Loaded, Loading } from '../../../components/Loaded.tsx';
import { Message } from '../../../components/Message.tsx';
import { OperationFacts } from '../../../components/operation/Facts.tsx';
import { OperationProgress } from '../../../components/operation/Progress.tsx';
import { Retry, RetryButton } from '../../../components/operation/RetryButton.tsx';
import { NextSteps } from '../../../components/staged/NextSteps.tsx';
import { OtherVersion } from '../../../components/staged/OtherVersion.tsx';
import { StagedActions } from '../../../components/staged/StagedActions.tsx';
import { baseName } from '../../../format/paths.ts';
import { hrefs } from '../../../routing/useRoute.ts';
import { type SingleRequest, updateRequest } from '../../../state/requests.ts';
import { operationStrings } from '../../../strings/operation.ts';
import { remedyOf } from '../../../strings/remedies.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { send } from '../submit.ts';
import { CardHeading, placeOf, ScriptSnippets } from './Card.tsx';
import styles from './RequestList.module.css';
import { curlOf, pythonOf } from './snippets.ts';

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

interface OperationSuccessProps {
  readonly operation: Operation;
  readonly order: StagingOrder;
  readonly config: SiteConfig;
  readonly isOpen: boolean;
}

/** The location of the data, its digests, and a script for the same request. */
function OperationSuccess({ operation, order, config, isOpen }: OperationSuccessProps) {
  const isDownload = order.method === 'direct_download';
  return (
    <>
      <Message
        kind={operation.present === 'differs' ? 'warn' : 'good'}
        title={titleOf(operation, isDownload)}
      >
        {isDownload ? (
          <p>
            <a href={downloadUrl(order)} download={isApiElsewhere() ? undefined : ''}>
              {stageStrings.downloadAgain}
            </a>
          </p>
        ) : (
          <CopyLine text={placeOf(order, config)} what={stageStrings.copyPath} />
        )}
        {operation.present === 'differs' && <OtherVersion operation={operation} />}
      </Message>
      <details open={isOpen}>
        <summary>{stageStrings.details}</summary>
        <div className={styles.inside}>
          <OperationFacts operation={operation} />
          {!isDownload && <NextSteps operation={operation} />}
          <StagedActions operation={operation} />
          <ScriptSnippets curl={curlOf(order)} python={pythonOf(order)} />
        </div>
      </details>
    </>
  );
}

function titleOf({ outcome, present }: Operation, isDownload: boolean): string {
  if (isDownload) return stageStrings.downloaded;
  if (present === 'differs') return operationStrings.otherVersion;
  return outcome === 'already_present' ? stageStrings.alreadyThere : stageStrings.staged;
}

interface OperationFailureProps {
  readonly operation: Operation;
  readonly children: ReactNode;
}

/** Why an operation did not stage its data, and the remedy. */
function OperationFailure({ operation, children }: OperationFailureProps) {
  if (operation.phase === 'ABORTED') {
    return (
      <Message kind="plain" title={operationStrings.aborted}>
        {children}
      </Message>
    );
  }
  return (
    <Message kind="bad" title={operation.error_reason}>
      <p>{remedyOf(operation.error_code, operation.remedy)}</p>
      <p>
        <code>{operation.error_code}</code>
      </p>
      {children}
    </Message>
  );
}

/** Finds the operation of a download that the browser has started: the browser does not report its id. */
function useDownloadOperation({ key, order, operationId, downloadedAfter }: SingleRequest): void {
  const isSought = downloadedAfter !== undefined && operationId === undefined;
  const { data } = useQuery({
    ...downloadsQuery(order.username),
    enabled: isSought,
    refetchInterval: 1000,
  });
  // Ids are UUIDs of version 7: they sort by the time of the request.
  const found = data?.operations.findLast(
    ({ id, local_path_on_storage }) =>
      isSought && id > downloadedAfter && namesOf(local_path_on_storage ?? '') === namesOf(order.source),
  );
  useEffect(() => {
    if (found) updateRequest(key, { operationId: found.id });
  }, [found, key]);
}

function namesOf(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '')
    .join('/');
}
