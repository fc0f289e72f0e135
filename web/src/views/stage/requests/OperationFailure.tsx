import type { ReactNode } from 'react';
import type { Operation } from '../../../api/client.ts';
import { Message } from '../../../components/Message.tsx';
import { operationStrings } from '../../../strings/operation.ts';
import { remedyOf } from '../../../strings/remedies.ts';

interface OperationFailureProps {
  readonly operation: Operation;
  readonly children: ReactNode;
}

/** Why an operation did not stage its data, and the remedy. */
export function OperationFailure({ operation, children }: OperationFailureProps) {
  if (operation.phase === 'ABORTED') {
    return (
      <Message kind="plain" title={operationStrings.aborted}>
        {children}
      </Message>
    );
  }
  return (
    <Message kind="bad" title={operation.error_reason}>
      <p>{remedyOf(operation.error_code, operation.remedy)}</p>
      <p>
        <code>{operation.error_code}</code>
      </p>
      {children}
    </Message>
  );
}
