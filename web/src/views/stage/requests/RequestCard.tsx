import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { hasEnded } from '../../../../../shared/model/operation.ts';
import { isApiElsewhere } from '../../../api/apiAddress.ts';
import type { Operation, SiteConfig } from '../../../api/client.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import { downloadsQuery, retryOperation, useOperation } from '../../../api/operations/operations.ts';
import { CopyLine } from '../../../components/controls/CopyButton.tsx';
import { Failure, Loaded, Loading } from '../../../components/layout/Loaded.tsx';
import { Message } from '../../../components/layout/Message.tsx';
import { OperationFacts } from '../../../components/operation/Facts.tsx';
import { OperationProgress } from '../../../components/operation/Progress.tsx';
import { Retry, RetryButton } from '../../../components/operation/RetryButton.tsx';
import { NextSteps } from '../../../components/staged/NextSteps.tsx';
import { OtherVersion } from '../../../components/staged/OtherVersion.tsx';
import { StagedActions } from '../../../components/staged/StagedActions.tsx';
import { baseName, namesOf } from '../../../format/paths.ts';
import { hrefs } from '../../../routing/useRoute.ts';
import { type SingleRequest, updateRequest } from '../../../state/requests.ts';
import { operationStrings } from '../../../strings/operation.ts';
import { remedyOf } from '../../../strings/remedies.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { send } from '../submit.ts';
import { Card, placeOf, ScriptSnippets } from './Card.tsx';
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
    <Card title={nameOf(order.source)} method={order.method}>
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
    </Card>
  );
}

function FollowedOperation({ id, request, config, isOpen }: RequestCardProps & { id: string }) {
  const query = useOperation(id);
  const isOver = query.data !== undefined && hasEnded(query.data);
  useEffect(() => {
    updateRequest(request.key, { hasEnded: isOver });
  }, [request.key, isOver]);
  return (
    <Card
      title={nameOf(request.order.source)}
      method={request.order.method}
      seen={query.data && { ...query.data, href: hrefs.operation(id) }}
    >
      <Loaded query={query}>{(operation) => <State {...{ operation, request, config, isOpen }} />}</Loaded>
    </Card>
  );
}

interface StateProps extends RequestCardProps {
  readonly operation: Operation;
}

function State({ operation, request, config, isOpen }: StateProps) {
  switch (operation.phase) {
    case 'COMPLETED':
      return <OperationSuccess {...{ operation, request, config, isOpen }} />;
    case 'ERROR':
    case 'ABORTED':
      return <OperationFailure {...{ operation, request }} />;
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

/** The location of the data, its digests, and a script for the same request. */
function OperationSuccess({ operation, request: { order }, config, isOpen }: StateProps) {
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

/** Why an operation did not stage its data, the remedy, and a way to try again. */
function OperationFailure({ operation, request }: Pick<StateProps, 'operation' | 'request'>) {
  const { id, phase, error_reason, error_code, remedy, retryable } = operation;
  const again = retryable ? <Retry retry={() => retryOperation(id)} /> : <SendAgain request={request} />;
  if (phase === 'ABORTED') {
    return (
      <Message kind="plain" title={operationStrings.aborted}>
        {again}
      </Message>
    );
  }
  return (
    <Message kind="bad" title={error_reason}>
      <p>{remedyOf(error_code, remedy)}</p>
      <p>
        <code>{error_code}</code>
      </p>
      {again}
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
      isSought && id > downloadedAfter && isSame(local_path_on_storage ?? '', order.source),
  );
  useEffect(() => {
    if (found) updateRequest(key, { operationId: found.id });
  }, [found, key]);
}

function isSame(path: string, other: string): boolean {
  return namesOf(path).join('/') === namesOf(other).join('/');
}
