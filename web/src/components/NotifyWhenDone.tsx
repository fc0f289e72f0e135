import { Button } from '@mantine/core';
import { useState } from 'react';
import {
  type Awaited,
  cancelNotification,
  requestNotification,
  useRequestedNotifications,
} from '../state/requestedNotifications.ts';
import { operationStrings } from '../strings/operation.ts';
import { Icon } from './Icon.tsx';

/** Has the browser notify the user of an end, also while another window is in front. Its permission is asked for on a click. */
export function NotifyWhenDone({ kind, id }: Awaited) {
  const isAwaited = useRequestedNotifications().some((one) => one.id === id);
  const [isRefused, setRefused] = useState(false);
  // Browsers have it only on pages loaded by https, or from this machine.
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
        {isAwaited ? operationStrings.willTell : operationStrings.tell}
      </Button>
      <span role="status">{isRefused && operationStrings.cannotTell}</span>
    </>
  );
}
