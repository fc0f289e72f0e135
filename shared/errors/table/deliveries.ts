import type { ErrorDefinition } from './errorDefinition.ts';

/** Data on its way to another machine: downloads, and notebook servers. */
export const deliveryErrors = {
  PRECONDITION_FAILED: {
    status: 412,
    title: 'Precondition failed',
    class: 'permanent',
    detail: 'The file is not the version that If-Match or If-Unmodified-Since asks for.',
    remedy: 'Fetch the file again.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: 'Range not satisfiable',
    class: 'permanent',
    detail: 'The file has {sizeBytes} bytes, and the requested range is outside.',
    remedy: 'Request a range within the file.',
  },
  DOWNLOAD_TOO_LARGE: {
    status: 501,
    title: 'Download is too large here',
    class: 'permanent',
    detail: 'This function can send at most {limitBytes} bytes, and the download has more.',
    remedy:
      'Request a Range of that size at a time, the files of a directory one by one, or ask the administrator to set DOWNLOAD_BUCKET.',
  },
  ANSWER_INCOMPLETE: {
    status: 502,
    title: 'Answer is incomplete',
    class: 'transient',
    detail: 'The answer was interrupted before it was complete, so none of it is sent.',
    remedy: 'Try again; the operation in the record, or the log with the request id, shows the cause.',
  },
  CLIENT_CLOSED: {
    status: 499,
    title: 'Client closed the connection',
    class: 'transient',
    detail: 'The client closed the connection before the download was complete.',
    remedy: 'Download again; of a file, a Range request resumes where it stopped.',
  },
  JUPYTER_TOKEN_MISSING: {
    status: 401,
    title: 'JupyterHub token is missing',
    class: 'auth',
    detail: 'No JupyterHub token was given.',
    remedy: 'Send yours in the header Jupyter-Token, or ask the administrator to set JUPYTERHUB_API_TOKEN.',
  },
  JUPYTER_FORBIDDEN: {
    status: 403,
    title: 'JupyterHub refused the token',
    class: 'auth',
    detail: 'JupyterHub does not let this token {action}.',
    remedy: 'Use a token of this user, or ask the administrator about the scopes of the service token.',
  },
  JUPYTER_USER_UNKNOWN: {
    status: 404,
    title: 'User is unknown to JupyterHub',
    class: 'permanent',
    detail: 'JupyterHub has no user {username}.',
    remedy: 'Check the name, or log in to JupyterHub once to be registered.',
  },
  JUPYTER_UNREACHABLE: {
    status: 502,
    title: 'JupyterHub cannot be reached',
    class: 'transient',
    detail: 'JupyterHub cannot be reached: {reason}.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
    automaticRetries: 3,
  },
  JUPYTER_REFUSED: {
    status: 502,
    title: 'The notebook server refused',
    class: 'transient',
    detail: 'The notebook server could not {action}: {reason}.',
    remedy: 'Check the notebook server, then try again.',
  },
  JUPYTER_START_FAILED: {
    status: 504,
    title: 'The notebook server did not start',
    class: 'transient',
    detail: 'The notebook server of {username} did not start: {reason}',
    remedy: 'Start the server from the JupyterHub page to see what is wrong, then try again.',
  },
  JUPYTER_DAMAGED: {
    status: 502,
    title: 'Data arrived damaged at the notebook server',
    class: 'transient',
    detail: 'The notebook server received damaged data ({reason}); it was removed.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
  },
} as const satisfies Record<string, ErrorDefinition>;
