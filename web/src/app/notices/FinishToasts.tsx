import { notifications } from '@mantine/notifications';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { Operation } from '../../api/client.ts';
import { hasBatchEnded, useBatch } from '../../api/operations/batches.ts';
import { hasEnded, useOperation } from '../../api/operations/operations.ts';
import { stateText } from '../../components/operation/PhaseBadge.tsx';
import { baseName } from '../../format/paths.ts';
import { hrefs, useRoute } from '../../routing/useRoute.ts';
import {
  type BatchRequest,
  type SingleRequest,
  type StagingRequest,
  updateRequest,
  useRequests,
} from '../../state/requests.ts';
import { batchStrings } from '../../strings/batch.ts';
import { commonStrings } from '../../strings/common.ts';

const colors: Partial<Record<Operation['phase'], string>> = { COMPLETED: 'teal', ERROR: 'red' };

/** Notifies the user that a request of this page has ended, if its own view is not shown. */
export function FinishToasts() {
  const { view } = useRoute();
  const isQuiet = view === 'stage';
  return useRequests().map((request) => {
    const { key } = request;
    if (request.hasEnded) return null;
    if ('batch' in request) {
      const { batchId } = request;
      return batchId && <WatchBatch key={key} request={request} id={batchId} isQuiet={isQuiet} />;
    }
    const { operationId } = request;
    return operationId && <Watch key={key} request={request} id={operationId} isQuiet={isQuiet} />;
  });
}

interface WatchProps<Request extends StagingRequest> {
  readonly request: Request;
  readonly id: string;
  readonly isQuiet: boolean;
}

function Watch({ request, id, isQuiet }: WatchProps<SingleRequest>) {
  const { data } = useOperation(id);
  useEnd(request, data !== undefined && hasEnded(data), () => data && !isQuiet && tellOperation(data));
  return null;
}

function WatchBatch({ request, id, isQuiet }: WatchProps<BatchRequest>) {
  const { data } = useBatch(id);
  useEnd(request, data !== undefined && hasBatchEnded(data), () => {
    if (!data || isQuiet) return;
    const { itemsTotal, folder } = request.batch;
    const failed = data.counts.ERROR ?? 0;
    showToast({
      phase: data.phase,
      name: batchStrings.title(itemsTotal, folder),
      end: commonStrings.phases[data.phase],
      reason: data.error_reason ?? (failed > 0 ? batchStrings.someFailed(failed, itemsTotal) : ''),
      link: { href: hrefs.operations({ batch: id }), text: batchStrings.showItems },
    });
  });
  return null;
}

/** Marks a request as ended, and notifies the user, once. */
function useEnd({ key }: StagingRequest, isOver: boolean, onEnd: () => void): void {
  const isTold = useRef(false);
  const told = useEffectEvent(onEnd);
  useEffect(() => {
    if (!isOver || isTold.current) return;
    isTold.current = true;
    updateRequest(key, { hasEnded: true });
    told();
  }, [key, isOver]);
}

function tellOperation(operation: Operation): void {
  const { id, phase, local_path_on_storage, error_reason } = operation;
  showToast({
    phase,
    name: baseName(local_path_on_storage ?? ''),
    end: stateText(operation),
    reason: error_reason,
    link: { href: hrefs.operation(id), text: commonStrings.showOperation },
  });
}

interface EndToast {
  readonly phase: Operation['phase'];
  readonly name: string;
  readonly end: string;
  readonly reason: string | null;
  readonly link: { readonly href: string; readonly text: string };
}

function showToast({ phase, name, end, reason, link }: EndToast): void {
  notifications.show({
    color: colors[phase] ?? 'gray',
    title: commonStrings.finished(name, end),
    message: (
      <>
        {reason} <a href={link.href}>{link.text}</a>
      </>
    ),
    autoClose: phase === 'ERROR' ? false : 8000,
    closeButtonProps: { 'aria-label': commonStrings.dismiss },
  });
}
