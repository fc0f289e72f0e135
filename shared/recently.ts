/**
 * Asks once for all who want to know the same within so many ms, also while the answer is on its way, so that many
 * viewers cost no more than one. A failure is told to all of them and not kept.
 */
export function askRecently<Key, Answer>(
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
