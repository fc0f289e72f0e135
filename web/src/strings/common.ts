/** Texts of several views, and of the frame around them. */
export const commonStrings = {
  serviceName: 'SKA Staging Service',
  skipToContent: 'Skip to the content',
  views: 'Views',
  apiDocumentation: 'API',
  viewTitles: {
    stage: 'Stage',
    data: 'My data',
    operations: 'Operations',
    logs: 'Logs',
    files: 'Files',
    overview: 'Overview',
  },
  colorScheme: 'Colours',
  colorSchemes: { auto: 'System', light: 'Light', dark: 'Dark' },

  loading: 'Loading…',
  version: (version: string | null, commit: string | null) =>
    `Version ${version ?? 'unknown'}${commit === null ? '' : ` · ${commit}`}`,
  triesAgain: 'This page retries automatically.',
  tryAgain: 'Try again',
  doesNotAnswer: 'The service is not responding.',
  maybeOutOfDate: 'The shown data may be out of date. This page keeps retrying.',
  notUnderstood: "This page cannot read the service's response. Reload the page.",
  anotherAnswers: (address: string) =>
    `The server at ${address} is not the staging service. Reload this page, or correct its config.json.`,
  answeredWithStatus: (status: number) => `The service answered with HTTP status ${status}.`,
  viewFailed: 'This view cannot be shown.',
  viewFailedRemedy: 'Something went wrong in this page. Reload it.',
  reload: 'Reload',
  operationLink: (id: string) => `Operation ${id}`,
  requestId: (id: string) => `Request ${id}`,

  sortedSince: (time: string) =>
    `Only the newest 10,000 operations are sorted: those requested since ${time}.`,
  showMore: 'Show more',
  andMore: (count: number) => `and ${count} more`,

  streamStates: { starting: 'Connecting…', live: 'Live', lost: 'Reconnecting…' },
  copy: 'Copy',
  copied: 'Copied',
  dismiss: 'Dismiss',

  phases: {
    PENDING: 'Pending',
    QUEUED: 'Queued',
    EXECUTING: 'Running',
    COMPLETED: 'Completed',
    ERROR: 'Failed',
    ABORTED: 'Aborted',
  },
  partlyStaged: 'Partly staged',
  alreadyPresent: 'Already present',
  otherVersionPresent: 'Other version present',
  finished: (name: string, end: string) => `${name}: ${end}`,
  showOperation: 'Show the operation',
} as const;

/** Texts for a missing or unusable address of the service. */
export const addressStrings = {
  unknown: 'The address of the staging service is not configured.',
  looksIn: 'This page reads it from',
  hostPutsFile: 'The host of this page must provide that file beside',
  withAddress: ', with the address of the service:',
  notLetIn: (address: string) => `The service at ${address} does not answer this page.`,
  downOrNotLetIn: 'It is down, or it refuses this page. This page keeps retrying.',
  ifItRuns: 'If the service is running, its administrator must add',
  toSetting: 'to its setting',
  policyNeeds: 'If this page has a Content-Security-Policy, it needs',
} as const;
