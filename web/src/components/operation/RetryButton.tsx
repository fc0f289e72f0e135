import { useMutation } from '@tanstack/react-query';
import { operationStrings } from '../../strings/operation.ts';
import { ActionButton } from '../controls/ActionButton.tsx';
import { Failure } from '../layout/Loaded.tsx';

/** Retries a recorded operation or batch, and shows why that fails. */
export function Retry({ text, retry }: { text?: string; retry(): Promise<unknown> }) {
  const retrying = useMutation({ mutationFn: retry });
  return (
    <>
      <RetryButton text={text} isBusy={retrying.isPending} onClick={() => retrying.mutate()} />
      {retrying.error && <Failure error={retrying.error} />}
    </>
  );
}

interface RetryButtonProps {
  /** Its label, if not the default one. */
  readonly text?: string | undefined;
  readonly isBusy?: boolean;
  onClick(): void;
}

/** Retries the failed operation or batch. */
export function RetryButton({ text = operationStrings.retry, isBusy = false, onClick }: RetryButtonProps) {
  return (
    <div>
      <ActionButton icon="retry" loading={isBusy} onClick={onClick}>
        {text}
      </ActionButton>
    </div>
  );
}
