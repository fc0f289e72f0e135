import { isApiElsewhere } from '../../../api/apiAddress.ts';
import type { Operation, SiteConfig } from '../../../api/client.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { Message } from '../../../components/Message.tsx';
import { OperationFacts } from '../../../components/operation/OperationFacts.tsx';
import { OtherVersion } from '../../../components/operation/OtherVersion.tsx';
import { NextSteps } from '../../../components/staged/NextSteps.tsx';
import { StagedActions } from '../../../components/staged/StagedActions.tsx';
import { operationStrings } from '../../../strings/operation.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { ScriptSnippets } from '../scripts/ScriptSnippets.tsx';
import { curlOf, pythonOf } from '../scripts/snippets.ts';
import { placeOf } from './placeOf.ts';
import styles from './RequestList.module.css';

interface OperationSuccessProps {
  readonly operation: Operation;
  readonly order: StagingOrder;
  readonly config: SiteConfig;
  readonly isOpen: boolean;
}

/** The location of the data, its digests, and a script for the same request. */
export function OperationSuccess({ operation, order, config, isOpen }: OperationSuccessProps) {
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
          <p className={styles.path}>
            <code>{placeOf(order, config)}</code>
            <CopyButton text={placeOf(order, config)} what={stageStrings.copyPath} />
          </p>
        )}
        {operation.present === 'differs' && <OtherVersion operation={operation} />}
      </Message>
      <details className={styles.details} open={isOpen}>
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
