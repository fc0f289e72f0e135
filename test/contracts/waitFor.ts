import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until a condition holds. When that takes too long it throws, with the condition's source as what it waited for;
 * a test may take longer than that, so this is what it fails with.
 */
export async function waitFor(condition: () => boolean | Promise<boolean>, limitMs = 50_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain for: ${condition}`);
    await delay(20);
  }
}
