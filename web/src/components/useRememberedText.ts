import { useState } from 'react';

/** A text that the browser remembers from visit to visit, where it may. */
export function useRememberedText(name: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => read(name));
  return [
    text,
    (changed) => {
      setText(changed);
      write(name, changed);
    },
  ];
}

function read(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    // The user lets no page store anything; then nothing is remembered.
    return '';
  }
}

function write(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
  } catch {
    // As above.
  }
}
