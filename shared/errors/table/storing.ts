import type { ErrorDefinition } from './errorDefinition.ts';

/** Writing the data there: permissions, digests, links, space, and failures of the storage. */
export const storingErrors = {
  WORKSPACE_UNUSABLE: {
    status: 500,
    title: 'Workspace cannot be used',
    class: 'permanent',
    detail: 'The service keeps unfinished data in {path}, and something else has that name.',
    remedy: 'Rename it, so that the service can create its own folder there.',
  },
  TARGET_NOT_WRITABLE: {
    status: 403,
    title: 'Target is not writable',
    class: 'permanent',
    detail: 'The service may not write at {path}.',
    remedy:
      'Choose a path outside of staged folders, which are read-only, or ask the administrator to let the service write to the user area.',
  },
  FILE_EXISTS: {
    status: 409,
    title: 'File exists already',
    class: 'permanent',
    detail: "File '{path}' exists already, and the service never replaces a file.",
    remedy: 'Choose another name.',
  },
  DIGEST_MISMATCH: {
    status: 409,
    title: 'Data does not have the requested digest',
    class: 'permanent',
    detail: 'The {algorithm} of the data is {actual}, not the requested {expected}; nothing was published.',
    remedy: 'Check the digest, or ask the administrator whether the source is damaged.',
  },
  DIGEST_OF_DIRECTORY: {
    status: 400,
    title: 'A directory has no digest',
    class: 'permanent',
    detail: 'A digest was given for {path}, which is a directory.',
    remedy: 'Leave the digest out, or stage the files of the directory one by one.',
  },
  LINK_IMPOSSIBLE: {
    status: 409,
    title: 'Link cannot be made',
    class: 'permanent',
    detail: 'A {kind} link to {path} cannot be made: {reason}.',
    remedy: 'Use local_copy, or ask the administrator about LINK_MODE.',
  },
  PUBLISH_UNSUPPORTED: {
    status: 500,
    title: 'Storage cannot publish atomically',
    class: 'permanent',
    detail: 'The file system of the user area does not support hard links, which publishing needs.',
    remedy: 'Ask the administrator to put the user areas on a POSIX file system.',
  },
  NO_SPACE: {
    status: 507,
    title: 'Not enough space',
    class: 'quota',
    detail: 'There is not enough space at the target: {reason}.',
    remedy:
      'Remove what you no longer need from the user area, staged folders by find NAME -type d -exec chmod u+w {} + && rm -rf NAME, or ask the administrator for more space.',
  },
  STORAGE_FAILED: {
    status: 500,
    title: 'Storage failed',
    class: 'transient',
    detail: 'The storage answered with {reason} while {path} was staged.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
  },
} as const satisfies Record<string, ErrorDefinition>;
