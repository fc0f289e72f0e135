import type { KeyboardEvent } from 'react';

/** Marks the elements of a list that the arrow keys move to. */
export const listKeyTarget = 'data-list-key';

const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => Math.min(index + 1, count - 1),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Moves the focus by the arrow keys, Home and End, so that the Tab key skips a list in one step. */
export function moveByKeys(event: KeyboardEvent<HTMLElement>): void {
  const step = steps[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  const targets = [...event.currentTarget.querySelectorAll<HTMLElement>(`[${listKeyTarget}]:enabled`)];
  const present = targets.findIndex((target) => target.contains(document.activeElement));
  if (present < 0) return;
  event.preventDefault();
  targets[step(present, targets.length)]?.focus();
}
