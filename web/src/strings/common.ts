/** Texts of several views, and of the frame around them. */
export const commonStrings = {
  serviceName: 'SKA Staging Service',
  skipToContent: 'Skip to the content',
  views: 'Views',
  apiDocumentation: 'API',
  viewTitles: {
    stage: 'Stage',
    operations: 'Operations',
    logs: 'Logs',
    files: 'Files',
    overview: 'Overview',
  },
  colorScheme: 'Colours',
  colorSchemes: { auto: 'As the system', light: 'Light', dark: 'Dark' },

  loading: 'Loading…',
  triesAgain: 'This page tries again by itself.',
  tryAgain: 'Try again',
  doesNotAnswer: 'The service does not answer.',
  maybeOutOfDate: 'What is shown may be out of date; this page keeps trying.',
  notUnderstood: 'The service gave an answer that this page does not understand. Reload the page.',
  anotherAnswers: (address: string) =>
    `What answers at ${address} is not the staging service. Reload this page, or correct config.json beside it.`,
  answeredWithStatus: (status: number) => `The service answered with HTTP status ${status}.`,
  viewFailed: 'This view cannot be shown.',
  viewFailedRemedy: 'Something went wrong in this page. Reload it.',
  reload: 'Reload',
  operationLink: (id: string) => `Operation ${id}`,
  requestId: (id: string) => `Request ${id}`,

  andMore: (count: number) => `and ${count} more`,

  live: 'Live',
  copy: 'Copy',
  copied: 'Copied',
  dismiss: 'Dismiss',
  close: 'Close',

  phases: {
    PENDING: 'Pending',
    QUEUED: 'Queued',
    EXECUTING: 'Running',
    COMPLETED: 'Completed',
    ERROR: 'Failed',
    ABORTED: 'Aborted',
  },
  alreadyPresent: 'Already there',
  finished: (name: string, end: string) => `${name}: ${end}`,
  showOperation: 'Show the operation',
} as const;

/** Texts for a missing or unusable address of the service. */
export const addressStrings = {
  unknown: 'This page does not know where the staging service is.',
  looksIn: 'It looks for that in',
  hostPutsFile: 'Who hosts this page puts that file beside',
  withAddress: ', with the address of the service:',
  notLetIn: (address: string) => `The service at ${address} does not answer this page.`,
  downOrNotLetIn: 'It is down, or it does not let this page in. This page keeps trying.',
  ifItRuns: 'If the service runs, its administrator must add',
  toSetting: 'to its setting',
  policyNeeds: 'Where this page has a Content-Security-Policy, that needs',
} as const;
