import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { commonStrings } from '../../strings/common.ts';
import styles from './CopyButton.module.css';
import { Icon } from './Icon.tsx';

/** Copies a text to the clipboard. `what` names it for screen readers. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Button
      size="compact-xs"
      variant="default"
      className={styles.button}
      aria-label={`${commonStrings.copy}: ${what}`}
      leftSection={<Icon name={clipboard.copied ? 'check' : 'copy'} />}
      onClick={() => clipboard.copy(text)}
    >
      <span aria-live="polite">{clipboard.copied ? commonStrings.copied : commonStrings.copy}</span>
    </Button>
  );
}

/** A text that can be copied, with the button beside it. */
export function CopyLine({ text, what }: { text: string; what: string }) {
  return (
    <p className={styles.line}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </p>
  );
}
