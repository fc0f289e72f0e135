// The secrets that this process holds now. They are redacted in every error and every log line, so that none gets into
// an answer, the record or the log, whatever contains it (a library's error message, another program's answer).

/** The replacement for a secret. */
export const hiddenSecret = '[secret]';

/** Shorter ones may be ordinary words, which would be redacted everywhere. */
const minLength = 16;

/** The number of holders of each secret, in each form that it is written in. */
const holders = new Map<string, number>();

const forgotten = new FinalizationRegistry((forms: readonly string[]) => {
  for (const form of forms) count(form, -1);
});

/** Redacts a secret in all texts from now on, until its holder no longer exists. */
export function rememberSecret(holder: object, value: string): void {
  if (value.length < minLength) return;
  const forms = [...new Set([value, encodeURIComponent(value)])];
  for (const form of forms) count(form, 1);
  forgotten.register(holder, forms);
}

/** Whether a text contains a secret. */
export function hasLiveSecret(text: string): boolean {
  return [...holders.keys()].some((form) => text.includes(form));
}

/** The text without secrets. */
export function hideLiveSecrets(text: string): string {
  let shown = text;
  for (const form of holders.keys()) shown = shown.replaceAll(form, hiddenSecret);
  return shown;
}

/** Text of another program, safe for an error: one short line, without our secrets. */
export function harmless(text: string): string {
  const line = hideLiveSecrets(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

function count(form: string, change: 1 | -1): void {
  const number = (holders.get(form) ?? 0) + change;
  if (number > 0) holders.set(form, number);
  else holders.delete(form);
}
