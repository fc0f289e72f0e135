import { withResolvers } from './abortSignals.ts';

/**
 * Coalesces calls to something that may hang: never two at the same time, because each call to a hanging storage
 * occupies a thread. Callers during a call share its result, and get undefined if there is none by their deadline, in
 * ms.
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

/** The longest delay of a timer, in ms. */
export const maxTimerMs = 2 ** 31 - 1;

/** The answer, or undefined if there is none by the deadline, in ms. */
export async function withDeadline<Answer>(
  answer: Promise<Answer>,
  answerMs: number,
): Promise<Answer | undefined> {
  const { promise: tooLate, resolve } = withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), Math.min(answerMs, maxTimerMs));
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Caches a result for some ms, and shares a pending one, so that many viewers cost no more than one. A failure reaches
 * all callers and is not cached.
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
