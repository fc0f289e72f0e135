import type { ErrorDefinition } from './errorDefinition.ts';

/** Operations, jobs and batches that do not exist, or whose phase does not allow the request. */
export const operationErrors = {
  OPERATION_NOT_FOUND: {
    status: 404,
    title: 'Operation not found',
    class: 'permanent',
    detail: 'There is no operation {id}.',
    remedy: 'Check the id; GET /operations lists the operations.',
  },
  OPERATION_ENDED: {
    status: 409,
    title: 'Operation has already ended',
    class: 'permanent',
    detail: 'The operation cannot be aborted because it has already ended: it is {phase}.',
    remedy: 'None: an ended operation cannot change.',
  },
  OPERATION_NOT_ENDED: {
    status: 409,
    title: 'Operation has not ended',
    class: 'permanent',
    detail: 'The operation cannot be retried because it has not ended: it is {phase}.',
    remedy: 'Wait for its end, or abort it with DELETE.',
  },
  DOWNLOAD_NEEDS_CLIENT: {
    status: 400,
    title: 'Downloads cannot run as jobs',
    class: 'permanent',
    detail: 'direct_download answers with the data itself, so it cannot run as a job.',
    remedy: 'Use GET /download/{path}, or a method that puts the data into the user area.',
  },
  JOB_STARTED: {
    status: 409,
    title: 'Job has already started',
    class: 'permanent',
    detail: 'The job is {phase}, and only a PENDING job can be changed or started.',
    remedy: 'Create a new job.',
  },
  NOT_RETRYABLE: {
    status: 409,
    title: 'Operation cannot be retried',
    class: 'permanent',
    detail: 'The operation cannot be retried: {reason}.',
    remedy: 'Request the data again.',
  },
  BATCH_NOT_FOUND: {
    status: 404,
    title: 'Batch not found',
    class: 'permanent',
    detail: 'There is no batch {id}.',
    remedy: 'Check the id; GET /batches lists the batches.',
  },
  BATCH_ENDED: {
    status: 409,
    title: 'Batch has already ended',
    class: 'permanent',
    detail: 'The batch cannot be aborted because it has already ended: it is {phase}.',
    remedy: 'None: an ended operation cannot change.',
  },
  BATCH_UNSUPPORTED: {
    status: 400,
    title: 'Batch is not supported',
    class: 'permanent',
    detail: 'The batch cannot be staged: {reason}.',
    remedy:
      'Use local_copy or symlink_copy; with jupyter_copy, stage a directory, or leave out all_or_nothing.',
  },
  BATCH_ITEMS_COLLIDE: {
    status: 409,
    title: 'Two items of the batch have one target',
    class: 'permanent',
    detail: 'More than one item of the batch has the target {path}, so nothing was published.',
    remedy: 'Give each item a relative_path of its own.',
  },
} as const satisfies Record<string, ErrorDefinition>;
