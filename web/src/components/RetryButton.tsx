import { Button } from '@mantine/core';
import { operationStrings } from '../strings/operation.ts';
import { Icon } from './Icon.tsx';

interface RetryButtonProps {
  /** What it says, if not just that it tries again. */
  readonly text?: string;
  readonly isBusy?: boolean;
  onClick(): void;
}

/** Has what failed tried again. */
export function RetryButton({ text = operationStrings.retry, isBusy = false, onClick }: RetryButtonProps) {
  return (
    <div>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="retry" />}
        loading={isBusy}
        onClick={onClick}
      >
        {text}
      </Button>
    </div>
  );
}
