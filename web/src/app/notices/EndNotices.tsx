import { notifications } from '@mantine/notifications';
import { useEffect, useEffectEvent, useRef } from 'react';
import { hasEnded } from '../../../../shared/model/operation.ts';
import type { Operation } from '../../api/client.ts';
import { hasBatchEnded, useBatch } from '../../api/operations/batches.ts';
import { useOperation } from '../../api/operations/operations.ts';
import { stateText } from '../../components/operation/PhaseBadge.tsx';
import { baseName } from '../../format/paths.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { cancelNotification, useRequestedNotifications } from '../../state/requestedNotifications.ts';
import { type StagingRequest, updateRequest, useRequests } from '../../state/requests.ts';
import { batchStrings } from '../../strings/batch.ts';
import { commonStrings } from '../../strings/common.ts';

/** How an operation or a batch has ended. */
interface End {
  readonly phase: Operation['phase'];
  readonly title: string;
  readonly reason: string;
  /** The location of the data. */
  readonly place?: string | null;
  readonly link: { readonly href: string; readonly text: string };
}

/**
 * Tells of ends: by a toast of those that were requested from this page, unless their own view is shown; by the browser
 * of those that the user asked for.
 */
export function EndNotices() {
  const isQuiet = useRoute().view === 'stage';
  const requests = useRequests().filter(({ hasEnded }) => !hasEnded);
  const asked = useRequestedNotifications();
  return (
    <>
      {requests.map((request) => (
        <OfRequest
          key={request.key}
          request={request}
          onEnd={(end) => {
            updateRequest(request.key, { hasEnded: true });
            if (!isQuiet) showToast(end);
          }}
        />
      ))}
      {asked.map(({ kind, id }) => {
        const Watch = kind === 'batch' ? OfBatch : OfOperation;
        return (
          <Watch
            key={id}
            id={id}
            onEnd={(end) => {
              cancelNotification(id);
              notify(end);
            }}
          />
        );
      })}
    </>
  );
}

function OfRequest({ request, onEnd }: { request: StagingRequest; onEnd(end: End): void }) {
  if ('batch' in request) {
    const { itemsTotal, folder } = request.batch;
    const name = batchStrings.title(itemsTotal, folder);
    return request.batchId && <OfBatch id={request.batchId} name={name} onEnd={onEnd} />;
  }
  return request.operationId && <OfOperation id={request.operationId} onEnd={onEnd} />;
}

interface WatchProps {
  readonly id: string;
  /** What was requested, if that is known. */
  readonly name?: string;
  onEnd(end: End): void;
}

function OfOperation({ id, onEnd }: WatchProps) {
  const { data } = useOperation(id);
  const end = data !== undefined &&
    hasEnded(data) && {
      phase: data.phase,
      title: commonStrings.finished(baseName(data.local_path_on_storage ?? ''), stateText(data)),
      reason: data.error_reason ?? '',
      place: data.location,
      link: { href: hrefs.operation(id), text: commonStrings.showOperation },
    };
  useEnd(end, onEnd);
  return null;
}

function OfBatch({ id, name, onEnd }: WatchProps) {
  const { data } = useBatch(id);
  const failed = data?.counts.ERROR ?? 0;
  const end = data !== undefined &&
    hasBatchEnded(data) && {
      phase: data.phase,
      title: commonStrings.finished(
        name ?? batchStrings.title(data.operations_total, data.relative_path ?? ''),
        commonStrings.phases[data.phase],
      ),
      reason: data.error_reason ?? (failed > 0 ? batchStrings.someFailed(failed, data.operations_total) : ''),
      link: { href: hrefs.operations({ batch: id }), text: batchStrings.showItems },
    };
  useEnd(end, onEnd);
  return null;
}

/** Reports an end, once. */
function useEnd(end: End | false, onEnd: (end: End) => void): void {
  const isTold = useRef(false);
  const tellOnce = useEffectEvent(() => {
    if (end === false || isTold.current) return;
    isTold.current = true;
    onEnd(end);
  });
  const isOver = end !== false;
  useEffect(() => {
    if (isOver) tellOnce();
  }, [isOver]);
}

const colors: Partial<Record<Operation['phase'], string>> = { COMPLETED: 'teal', ERROR: 'red' };

function showToast({ phase, title, reason, link }: End): void {
  notifications.show({
    color: colors[phase] ?? 'gray',
    title,
    message: (
      <>
        {reason} <a href={link.href}>{link.text}</a>
      </>
    ),
    autoClose: phase === 'ERROR' ? false : 8000,
    closeButtonProps: { 'aria-label': commonStrings.dismiss },
  });
}

function notify({ title, reason, place, link: { href } }: End): void {
  const detail = reason || (place ?? '');
  try {
    const notification = new Notification(title, { body: detail, icon: 'favicon.svg' });
    notification.onclick = () => {
      window.focus();
      navigate(href);
      notification.close();
    };
  } catch {
    // Browsers of phones refuse this.
    notifications.show({ title, message: <a href={href}>{detail || title}</a>, autoClose: false });
  }
}
