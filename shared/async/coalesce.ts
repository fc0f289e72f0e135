import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks something that may hang, never twice at once: each question to a storage that hangs keeps a thread.
 * Whoever asks while it is being asked shares the answer, and gets undefined when there is none after so many ms.
 */
export function coalesceWithDeadline<Answer>(
  answerMs: number,
  ask: () => Promise<Answer>,
): () => Promise<Answer | undefined> {
  let asked: Promise<Answer> | undefined;
  return async () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return withDeadline(asked, answerMs);
  };
}

/** The longest time that a timer takes, in ms. */
export const maxTimerMs = 2 ** 31 - 1;

/** The answer, or undefined when there is none after so many ms. */
export async function withDeadline<Answer>(
  answer: Promise<Answer>,
  answerMs: number,
): Promise<Answer | undefined> {
  const answered = new AbortController();
  const tooLate = delay(Math.min(answerMs, maxTimerMs), undefined, { signal: answered.signal });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    answered.abort();
  }
}

/**
 * Asks once for all who want to know the same within so many ms, also while the answer is on its way, so that many
 * viewers cost no more than one. A failure is told to all of them and not kept.
 */
export function memoizeFor<Key, Answer>(
  lifeMs: number,
  ask: (key: Key) => Promise<Answer>,
): (key: Key) => Promise<Answer> {
  const known = new Map<Key, Promise<Answer>>();
  return (key) => {
    const before = known.get(key);
    if (before) return before;
    const answer = ask(key);
    const forget = () => void (known.get(key) === answer && known.delete(key));
    known.set(key, answer);
    answer.then(() => setTimeout(forget, lifeMs).unref(), forget);
    return answer;
  };
}
