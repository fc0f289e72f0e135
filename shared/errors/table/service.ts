import type { ErrorDefinition } from './errorDefinition.ts';

/** Operations that were interrupted or aborted, and failures of the service and its database. */
export const serviceErrors = {
  INTERRUPTED: {
    status: 503,
    title: 'Operation was interrupted',
    class: 'transient',
    detail: 'interrupted: the service stopped while the operation ran',
    remedy: 'Request it again.',
  },
  WORKERS_DIED: {
    status: 500,
    title: 'Workers died running the operation',
    class: 'permanent',
    detail: '{deaths} workers in a row have died while running this operation; it is not retried.',
    remedy: 'Ask the administrator to check the log of the workers; a frequent cause is lack of memory.',
  },
  ABORTED: {
    status: 409,
    title: 'Operation was aborted',
    class: 'permanent',
    detail: 'The operation was aborted.',
    remedy: 'Request it again if you still need it.',
  },
  OPERATION_CONTINUES: {
    status: 503,
    title: 'Operation continues after the answer',
    class: 'transient',
    detail:
      'The service is stopping before the operation has ended. It is recorded, and continues or waits until the service is ' +
      'back: see /operations/{id}.',
    remedy: 'Check the operation again later; it need not be requested again.',
  },
  SHUTTING_DOWN: {
    status: 503,
    title: 'Service is shutting down',
    class: 'transient',
    detail: 'The service is shutting down and accepts no new requests.',
    remedy: 'Try again in a few seconds.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'Database is not available',
    class: 'transient',
    detail: 'The database {reason}, and nothing is staged without a record.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
    automaticRetries: 3,
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    class: 'transient',
    detail: 'An internal error occurred.',
    remedy: 'Give the request id to the administrator; the log has the details.',
  },
} as const satisfies Record<string, ErrorDefinition>;
