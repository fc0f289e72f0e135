import { Component, type ReactNode } from 'react';
import { Message } from '../../components/Message.tsx';
import { commonStrings } from '../../strings/common.ts';

/** Shown in place of a component that cannot be rendered. React needs a class for that. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Message kind="bad" title={commonStrings.viewFailed}>
        <p>{commonStrings.viewFailedRemedy}</p>
        <button type="button" onClick={() => location.reload()}>
          {commonStrings.reload}
        </button>
      </Message>
    );
  }
}
