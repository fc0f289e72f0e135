import { formatSize } from '../format/format.ts';

/** Texts about an operation, wherever it is shown. */
export const operationStrings = {
  queued: 'Queued',
  progressOf: (name: string) => `Progress of ${name}`,
  /** In bytes; the total is null while unknown. */
  ofTotal: (done: number, total: number | null) =>
    total === null ? formatSize(done) : `${formatSize(done)} of ${formatSize(total)}`,
  filesOf: (done: string, total: string) => `${done} of ${total} files`,
  timeLeft: (time: string) => `${time} left`,
  abort: 'Abort',
  notify: 'Notify me when it is done',
  willNotify: 'You will be notified when it is done',
  cannotTell: 'Your browser blocks notifications from this page. Allow them in its settings for this site.',
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
  otherVersion: 'The existing data is not the current version of the source. It was not changed.',
  otherVersionHint: 'To stage the current version as well, choose another name:',
  stageAs: (path: string) => `Stage it as ${path}`,
  linkTypes: { hard: 'hard', symbolic: 'symbolic' },
} as const;
