import { notifications } from '@mantine/notifications';
import { useEffect, useEffectEvent } from 'react';
import { hasBatchEnded, useBatch } from '../../api/operations/batches.ts';
import { hasEnded, useOperation } from '../../api/operations/operations.ts';
import { stateText } from '../../components/operation/PhaseBadge.tsx';
import { baseName } from '../../format/paths.ts';
import { hrefs, navigate } from '../../routing/useRoute.ts';
import {
  type Awaited,
  cancelNotification,
  useRequestedNotifications,
} from '../../state/requestedNotifications.ts';
import { batchStrings } from '../../strings/batch.ts';
import { commonStrings } from '../../strings/common.ts';

/** Makes the browser notify the user of the ends that they asked for. */
export function EndNotifications() {
  return useRequestedNotifications().map(({ kind, id }) =>
    kind === 'batch' ? <OfBatch key={id} id={id} /> : <OfOperation key={id} id={id} />,
  );
}

function OfOperation({ id }: Pick<Awaited, 'id'>) {
  const { data } = useOperation(id);
  useEndNotification(
    id,
    data !== undefined &&
      hasEnded(data) && {
        text: commonStrings.finished(baseName(data.local_path_on_storage ?? ''), stateText(data)),
        detail: data.error_reason ?? data.location ?? '',
        href: hrefs.operation(id),
      },
  );
  return null;
}

function OfBatch({ id }: Pick<Awaited, 'id'>) {
  const { data } = useBatch(id);
  const failed = data?.counts.ERROR ?? 0;
  useEndNotification(
    id,
    data !== undefined &&
      hasBatchEnded(data) && {
        text: commonStrings.finished(
          batchStrings.title(data.operations_total, data.relative_path ?? ''),
          commonStrings.phases[data.phase],
        ),
        detail: failed > 0 ? batchStrings.someFailed(failed, data.operations_total) : '',
        href: hrefs.operations({ batch: id }),
      },
  );
  return null;
}

interface End {
  readonly text: string;
  readonly detail: string;
  readonly href: string;
}

/** Notifies the user when there is an end. */
function useEndNotification(id: string, end: End | false): void {
  const notifyOnce = useEffectEvent(() => {
    if (end === false) return;
    cancelNotification(id);
    notify(end);
  });
  const isOver = end !== false;
  useEffect(() => {
    if (isOver) notifyOnce();
  }, [isOver]);
}

function notify({ text, detail, href }: End): void {
  try {
    const notification = new Notification(text, { body: detail, icon: 'favicon.svg' });
    notification.onclick = () => {
      window.focus();
      navigate(href);
      notification.close();
    };
  } catch {
    // Browsers of phones refuse this.
    notifications.show({ title: text, message: <a href={href}>{detail || text}</a>, autoClose: false });
  }
}
