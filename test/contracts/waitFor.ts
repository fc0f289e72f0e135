import { setTimeout as delay } from 'node:timers/promises';

/** The first poll interval: short, so that an early change is seen quickly. */
const shortestPauseMs = 20;
/** The longest poll interval: it grows by a fiftieth of the time waited, because each poll costs the service time. */
const longestPauseMs = 200;

/**
 * Waits until a condition holds. After a timeout it throws, with the condition's source in the message; it is shorter
 * than a test's timeout, so that this is the error.
 */
export async function waitFor(condition: () => boolean | Promise<boolean>, limitMs = 50_000): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - start;
    if (waitedMs > limitMs) throw new Error(`Waited ${limitMs / 1000} s in vain for: ${condition}`);
    await delay(Math.min(Math.max(shortestPauseMs, waitedMs / 50), longestPauseMs));
  }
}
