/** Texts about staged data, in all views. */
export const stagedStrings = {
  next: 'Next steps',
  openInJupyter: 'Open in JupyterLab',
  digests: 'SHA256SUMS',
  digestsHint: 'A list of all files with their checksums, which sha256sum -c reads',
  computing: (progress: string) => `Computing the checksums… ${progress}`,
  nextSteps: {
    place: 'It is here:',
    placeInNotebook: 'It is here, in JupyterLab:',
    open: 'To open it, in Python:',
    copy: 'To make a writable copy, in a terminal:',
    copyInNotebook: 'To make a writable copy, in a terminal of JupyterLab:',
    link: 'To show it to somebody:',
    remove: 'To remove it, in a terminal:',
    removeInNotebook: 'To remove it, in a terminal of JupyterLab:',
  },

  check: 'Check that it is unchanged',
  states: {
    present: 'It is present and unchanged.',
    changed: 'It has changed since it was staged.',
    gone: 'It is missing: somebody has moved or removed it.',
    removed: 'It was removed.',
  },
  sources: {
    same: 'The source has not changed either.',
    differs: 'The source has changed since it was staged.',
    unknown: 'Whether the source has changed is not known.',
  },
  stageNew: (target: string) => `Stage the new version as ${target}`,

  remove: 'Remove…',
  removeThis: (path: string) => `Remove ${path}…`,
  question: (path: string, username: string, size: string, files: string) =>
    `Remove ${path} from the user area of ${username}? ${files === '1' ? '' : `${files} files, `}${size}.`,
  consequence: 'This cannot be undone, but you can stage it again. The source is not affected.',
  consequenceOfLinks: 'Only the links are removed. The source is not affected, and you can link it again.',
  removeNow: 'Remove it',
  keep: 'Keep it',
  refusals: {
    DATA_CHANGED: 'It was not removed, because it has changed since it was staged.',
    DATA_GONE: 'There is nothing to remove: somebody has moved or removed it already.',
  },
  removeYourself: 'If you do not need the changes, you can remove it yourself, in a terminal:',

  expires: (left: string | undefined, time: string) =>
    left === undefined ? 'Will be removed shortly' : `Will be removed in ${left} (${time})`,
  removedAt: (time: string, by: string) => `Removed ${by}, ${time}`,
  byLifetime: 'at the end of its lifetime',
  byUser: (name: string) => (name === '' ? 'on request' : `by ${name}`),
} as const;

/** Texts of the view of staged data. */
export const dataStrings = {
  title: 'My data',
  hint: 'The data that you have staged, with its size, age and state. Remove what you no longer need.',
  state: 'State',
  states: { present: 'Present', removed: 'Removed', expired: 'Expired' },
  user: 'User',
  order: 'Order',
  orders: { newest: 'Newest first', oldest: 'Oldest first', largest: 'Largest first' },
  list: 'Staged data',
  age: (time: string) => `staged ${time} ago`,
  files: (count: string) => `${count} files`,
  links: { hard: 'hard links', symbolic: 'a symbolic link' },
  none: {
    present: 'No staged data.',
    removed: 'No removed data.',
    expired: 'No expired data.',
  },
  noneHint: 'Data that you copy or link into your user area is listed here.',
  steps: 'Next steps',
} as const;
