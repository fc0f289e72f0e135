import { Button } from '@mantine/core';
import { useState } from 'react';
import {
  type Awaited,
  cancelNotification,
  requestNotification,
  useRequestedNotifications,
} from '../../state/requestedNotifications.ts';
import { operationStrings } from '../../strings/operation.ts';
import { Icon } from '../Icon.tsx';

/** Makes the browser notify the user of an end, even if another window is in front. A click requests the permission. */
export function NotifyWhenDone({ kind, id }: Awaited) {
  const isAwaited = useRequestedNotifications().some((one) => one.id === id);
  const [isRefused, setRefused] = useState(false);
  // Browsers offer it only on pages loaded by https, or from this machine.
  if (!('Notification' in window)) return null;
  const toggle = async () => {
    if (isAwaited) {
      cancelNotification(id);
      return;
    }
    const isAllowed = (await Notification.requestPermission()) === 'granted';
    setRefused(!isAllowed);
    if (isAllowed) requestNotification({ kind, id });
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        aria-pressed={isAwaited}
        leftSection={<Icon name={isAwaited ? 'check' : 'clock'} />}
        onClick={() => void toggle()}
      >
        {isAwaited ? operationStrings.willNotify : operationStrings.notify}
      </Button>
      <span role="status">{isRefused && operationStrings.cannotTell}</span>
    </>
  );
}
