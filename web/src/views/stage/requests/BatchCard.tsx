import { useEffect } from 'react';
import type { SiteConfig } from '../../../api/client.ts';
import { hasBatchEnded, isPartlyStaged, useBatch } from '../../../api/operations/batches.ts';
import { CopyLine } from '../../../components/controls/CopyButton.tsx';
import { Failure, Loaded, Loading } from '../../../components/layout/Loaded.tsx';
import { BatchState } from '../../../components/operation/BatchState.tsx';
import { BatchFacts } from '../../../components/operation/Facts.tsx';
import { RetryButton } from '../../../components/operation/RetryButton.tsx';
import { hrefs } from '../../../routing/useRoute.ts';
import { type BatchRequest, updateRequest } from '../../../state/requests.ts';
import { batchStrings } from '../../../strings/batch.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { sendBatch } from '../submit.ts';
import { Card, placeOf, ScriptSnippets } from './Card.tsx';
import styles from './RequestList.module.css';
import { batchCurlOf, batchPythonOf } from './snippets.ts';

interface BatchCardProps {
  readonly request: BatchRequest;
  readonly config: SiteConfig;
  /** Whether all of it is shown, or only its state. */
  readonly isOpen: boolean;
}

/** One request for many items: their progress, and then their results. */
export function BatchCard({ request, config, isOpen }: BatchCardProps) {
  const { batch, batchId, error } = request;
  if (batchId !== undefined) return <FollowedBatch id={batchId} {...{ request, config, isOpen }} />;
  const title = batchStrings.title(batch.itemsTotal, batch.folder);
  return (
    <Card title={title} method={batch.method}>
      {error ? <Refused request={request} /> : <Loading />}
    </Card>
  );
}

/** Why the service refused the list, with the paths of the wrong items. */
function Refused({ request }: { request: BatchRequest }) {
  const { error, items = [] } = request;
  if (!error) return null;
  const describe = (path: string) => {
    const [, index] = /^(?:body\.)?items\.(\d+)\b/.exec(path) ?? [];
    return index === undefined ? undefined : items[Number(index)]?.local_path_on_storage;
  };
  return (
    <Failure error={error} remedy={stageStrings.tryAgainWhenBack} describe={describe}>
      <RetryButton onClick={() => void sendBatch(request)} />
    </Failure>
  );
}

function FollowedBatch({ id, request, config, isOpen }: BatchCardProps & { id: string }) {
  const query = useBatch(id);
  const isOver = query.data !== undefined && hasBatchEnded(query.data);
  useEffect(() => {
    updateRequest(request.key, { hasEnded: isOver });
  }, [request.key, isOver]);
  const { itemsTotal, folder } = request.batch;
  const title = batchStrings.title(itemsTotal, folder);
  const place = placeOf({ ...request.batch, target: folder }, config);
  return (
    <Card
      title={title}
      method={request.batch.method}
      seen={
        query.data && {
          phase: query.data.phase,
          isPartial: isPartlyStaged(query.data),
          href: hrefs.operations({ batch: id }),
        }
      }
    >
      <Loaded query={query}>
        {(seen) => (
          <>
            <BatchState batch={seen} title={title}>
              <CopyLine text={place} what={stageStrings.copyPath} />
            </BatchState>
            <details open={isOpen && isOver && seen.phase === 'COMPLETED'}>
              <summary>{batchStrings.details}</summary>
              <div className={styles.inside}>
                <BatchFacts batch={seen} />
                <p>
                  <a href={hrefs.stage({ batch: id })}>{batchStrings.again}</a>
                </p>
                <ScriptSnippets curl={batchCurlOf(request.batch)} python={batchPythonOf(request.batch)} />
              </div>
            </details>
          </>
        )}
      </Loaded>
    </Card>
  );
}
