/**
 * Asks something that may hang, never twice at once: each question to a storage that hangs keeps a thread.
 * Whoever asks while it is being asked shares the answer, and gets undefined when there is none after so many ms.
 */
export function askInTime<Answer>(
  answerMs: number,
  ask: () => Promise<Answer>,
): () => Promise<Answer | undefined> {
  let asked: Promise<Answer> | undefined;
  return async () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return inTime(asked, answerMs);
  };
}

async function inTime<Answer>(answer: Promise<Answer>, answerMs: number): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, answerMs, undefined);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
