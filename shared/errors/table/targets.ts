import type { ErrorDefinition } from './errorDefinition.ts';

/** Where data is staged to, and what is there already, or no longer. */
export const targetErrors = {
  PATH_INVALID: {
    status: 400,
    title: 'Path is not valid',
    class: 'permanent',
    detail: 'The path {path} is not valid: {reason}.',
    remedy: 'Correct the path; names may have up to 255 bytes and paths up to 4095.',
  },
  PATH_OUTSIDE_STORAGE: {
    status: 403,
    title: 'Path is outside the storage',
    class: 'permanent',
    detail: 'The path {path} leads outside the {storage}.',
    remedy: 'Use a path beneath the storage, without ".." and without links that point out of it.',
  },
  TARGET_IS_LINK: {
    status: 403,
    title: 'Target path goes through a link',
    class: 'permanent',
    detail: 'The target path goes through a symbolic link ({path}), which the service never writes through.',
    remedy: 'Remove the link (rm NAME), or choose another relative_path.',
  },
  TARGET_HIDDEN: {
    status: 403,
    title: 'Target is hidden',
    class: 'permanent',
    detail:
      'The first name of the target path {path} begins with a dot, and such a name may configure programs.',
    remedy: 'Choose another relative_path, or ask the administrator about ALLOW_HIDDEN_TARGETS.',
  },
  USER_AREA_MISSING: {
    status: 403,
    title: 'No user area',
    class: 'permanent',
    detail: 'The user {username} has no user area at this site.',
    remedy: 'Ask the administrator of the site for one.',
  },
  TARGET_IN_FILE: {
    status: 409,
    title: 'Target path goes through a file',
    class: 'permanent',
    detail: 'The target path needs {path} to be a directory, and it is not one.',
    remedy: 'Choose another relative_path.',
  },
  TARGET_DIFFERS: {
    status: 409,
    title: 'Different data exists at the target',
    class: 'permanent',
    detail: '{target} exists already, and {reason}.',
    remedy:
      'Choose another relative_path, or remove the existing data, as its owner: find NAME -type d -exec chmod u+w {} + && rm -rf NAME',
  },
  TARGET_DISTURBED: {
    status: 409,
    title: 'Target was changed while it was published',
    class: 'transient',
    detail:
      'Something else replaced {path} while the data was being published there, so nothing is recorded as staged.',
    remedy: 'Check the data there, and try again when nothing else writes to that folder.',
  },
  DATA_NOT_STAGED: {
    status: 409,
    title: 'Operation has staged no data that can be checked or removed',
    class: 'permanent',
    detail: 'This operation has no data of its own at the target to check or remove: {reason}.',
    remedy: 'Use the operation that staged the data, or manage the data in its storage directly.',
  },
  DATA_REMOVED: {
    status: 410,
    title: 'Data was removed',
    class: 'permanent',
    detail: 'The data was removed at {at}: {reason}.',
    remedy: 'Stage it again if you need it.',
  },
  DATA_GONE: {
    status: 410,
    title: 'Data is missing',
    class: 'permanent',
    detail: 'The data is no longer at {path}, and it was not removed by this service.',
    remedy: 'Stage it again if you need it.',
  },
  DATA_CHANGED: {
    status: 409,
    title: 'Data has changed since it was staged',
    class: 'permanent',
    detail: 'The data at {path} is not what was staged there: {reason}. It was left unchanged.',
    remedy:
      'Check the data, and remove it yourself, as its owner, if nobody needs it: find NAME -type d -exec chmod u+w {} + && rm -rf NAME',
  },
  REMOVAL_UNDER_WAY: {
    status: 409,
    title: 'Data is being removed',
    class: 'transient',
    detail: 'The data is currently being removed.',
    remedy: 'Check the operation again in a moment.',
  },
  REMOVAL_MISPLACED: {
    status: 500,
    title: 'Data could not be moved back',
    class: 'permanent',
    detail:
      'The data from {path} is not what was staged, and could not be moved back; it is kept in {place}.',
    remedy: 'Ask the administrator to move it back.',
  },
} as const satisfies Record<string, ErrorDefinition>;
