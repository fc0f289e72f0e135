/** Texts about an operation, wherever it is shown. */
export const operationStrings = {
  queued: 'Queued',
  progressOf: (name: string) => `Progress of ${name}`,
  ofTotal: (done: string, total: string) => `${done} of ${total}`,
  filesOf: (done: string, total: string) => `${done} of ${total} files`,
  timeLeft: (time: string) => `${time} left`,
  abort: 'Abort',
  retry: 'Retry',
  aborted: 'Aborted. No partial data was left behind.',
  facts: {
    size: 'Size',
    files: 'Files',
    source: 'Found at',
    link: 'Link',
    took: 'Took',
    sha256: 'SHA-256',
    adler32: 'Adler-32',
    md5: 'MD5',
  },
  took: (time: string, rate: string) => `${time} (${rate})`,
  linkTypes: { hard: 'hard', symbolic: 'symbolic' },
} as const;
