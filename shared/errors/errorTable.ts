/** `transient` errors may succeed on a retry; `permanent`, `auth` and `quota` need a change first. */
export const errorClasses = ['transient', 'permanent', 'auth', 'quota'] as const;

type ErrorClass = (typeof errorClasses)[number];

/** One row of the error table: all properties of an error. */
export interface ErrorDefinition {
  readonly status: number;
  readonly title: string;
  readonly class: ErrorClass;
  /** The sentence for users. `{name}` is replaced by the error's parameters. */
  readonly detail: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** How often the service itself retries an operation that failed with it: only for transient errors. */
  readonly automaticRetries?: number;
}

/**
 * Every error that the service returns or records: the one table of codes. Codes are stable; clients may depend on
 * them. `docs/errors.md` shows the same table, and a test keeps them equal.
 */
export const errorTable = {
  INVALID_METHOD: {
    status: 400,
    title: 'Invalid staging method',
    class: 'permanent',
    detail: 'Invalid staging method: {method}',
    remedy: 'Use one of the methods that GET /config/allowed-methods lists.',
  },
  SOURCE_NOT_FOUND: {
    status: 400,
    title: 'Source not found',
    class: 'permanent',
    detail: 'Source path does not exist: {path}',
    remedy: 'Check the spelling with GET /browse. Paths are relative to the source storage.',
  },
  SOURCE_KIND_UNSUPPORTED: {
    status: 400,
    title: 'Source is neither a file nor a directory',
    class: 'permanent',
    detail: 'Only regular files and directories can be staged, and {path} is a {kind}.',
    remedy: 'Choose a file or a directory of files.',
  },
  NOT_A_FILE: {
    status: 400,
    title: 'Not a file',
    class: 'permanent',
    detail: '{path} is a directory, and only files can be previewed.',
    remedy: 'List it with GET /browse, and choose a file in it.',
  },
  PREVIEW_IMPOSSIBLE: {
    status: 422,
    title: 'Preview is not possible',
    class: 'permanent',
    detail: '{path} cannot be shown: {reason}.',
    remedy: 'Choose an HDU with an image or a table, and a plane of it: GET /preview lists them.',
  },
  PREVIEWS_BUSY: {
    status: 503,
    title: 'Too many pictures are waiting',
    class: 'transient',
    detail: 'Too many pictures are waiting to be drawn.',
    remedy: 'Try again in a few seconds.',
  },
  SOURCE_LINK_LOOP: {
    status: 400,
    title: 'Source links form a loop',
    class: 'permanent',
    detail: 'The symbolic links of {path} form a loop.',
    remedy: 'Ask the administrator of the storage to repair the links.',
  },
  SOURCE_UNREADABLE: {
    status: 403,
    title: 'Source is not readable',
    class: 'permanent',
    detail: 'The service may not read {path}.',
    remedy: 'Ask the administrator of the storage to let the service read it.',
  },
  SOURCE_CHANGED: {
    status: 409,
    title: 'Source changed while it was staged',
    class: 'transient',
    detail: 'The source changed while it was being staged, so nothing was published: {path}',
    remedy: 'Try again when the source is no longer being written.',
  },
  SOURCE_IS_ROOT: {
    status: 400,
    title: 'Source is the whole storage',
    class: 'permanent',
    detail: 'The method {method} cannot link the whole source storage, and {path} is its root.',
    remedy: 'Stage the directories in it one by one.',
  },
  SOURCE_NOT_MOUNTED: {
    status: 400,
    title: 'Source is not on mounted storage',
    class: 'permanent',
    detail: 'The method {method} needs a source on mounted storage, and {path} is in an object store.',
    remedy: 'Use local_copy, jupyter_copy or direct_download.',
  },
  BUCKET_NOT_OFFERED: {
    status: 403,
    title: 'Bucket is not offered',
    class: 'permanent',
    detail: 'This service does not stage from the bucket {bucket}.',
    remedy:
      'Use one of the buckets that GET /config lists, or ask the administrator about S3_SOURCE_BUCKETS.',
  },
  OBJECT_NAME_UNSUPPORTED: {
    status: 400,
    title: 'Object cannot become a file',
    class: 'permanent',
    detail: 'The object {path} cannot become a file: {reason}.',
    remedy: 'Rename the object, or stage the others one by one.',
  },
  OBJECT_ARCHIVED: {
    status: 409,
    title: 'Object is archived',
    class: 'permanent',
    detail: 'The object {path} is in an archive of the object store and must be restored first.',
    remedy: 'Ask the administrator of the bucket to restore it, then try again.',
  },
  OBJECT_DAMAGED: {
    status: 502,
    title: 'Object arrived damaged',
    class: 'transient',
    detail:
      'The {algorithm} of the received data of {path} is {actual}, but the object store reports {expected}; nothing was published.',
    remedy: 'Try again; if it keeps failing, ask the administrator whether the object is damaged.',
  },
  OBJECT_STORE_UNREACHABLE: {
    status: 502,
    title: 'Object store cannot be reached',
    class: 'transient',
    detail: 'The object store cannot be reached: {reason}.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
    automaticRetries: 3,
  },
  OBJECT_STORE_CREDENTIALS: {
    status: 502,
    title: 'Object store refused the credentials',
    class: 'auth',
    detail: "The object store does not accept the service's credentials: {reason}.",
    remedy: 'Ask the administrator to correct the credentials of the service.',
  },
  OBJECT_STORE_FAILED: {
    status: 502,
    title: 'Object store failed',
    class: 'transient',
    detail: 'The object store answered with {reason} while {path} was staged.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
    automaticRetries: 3,
  },
  DID_NOT_FOUND: {
    status: 404,
    title: 'Data identifier not found',
    class: 'permanent',
    detail: 'Rucio does not know the data identifier {did}.',
    remedy: 'Check its scope and name, for instance with GET /browse.',
  },
  DID_NOT_LOCAL: {
    status: 409,
    title: 'Data is not at this site',
    class: 'permanent',
    detail: 'There is no readable replica of {did} at this site: {reason}.',
    remedy:
      'Request it with replicate, if the site allows that, or create a Rucio rule for it yourself and stage it once Rucio has transferred it.',
  },
  REPLICA_DIFFERS: {
    status: 409,
    title: 'Replica does not match the catalogue',
    class: 'permanent',
    detail:
      'The {algorithm} of the replica of {did} is {actual}, but Rucio says {expected}; nothing was published.',
    remedy:
      'Report the replica to the administrator of the storage: it is damaged, or it was registered wrongly.',
  },
  REPLICA_UNMAPPED: {
    status: 502,
    title: 'Replica is not mounted here',
    class: 'permanent',
    detail: 'The replica of {did} is at {pfn}, which the service cannot map to its storage: {reason}.',
    remedy: 'Ask the administrator about RUCIO_PFN_MAP.',
  },
  RULES_NOT_OFFERED: {
    status: 422,
    title: 'Data cannot be replicated on request',
    class: 'permanent',
    detail: 'This request cannot have {path} replicated to this site: {reason}.',
    remedy:
      'Send it without replicate. Create a Rucio rule yourself, and stage the data when the rule is OK.',
  },
  RULE_REFUSED: {
    status: 409,
    title: 'Rucio refused the rule',
    class: 'permanent',
    detail: 'Rucio refused to create a rule for {did} at this site: {reason}.',
    remedy: 'Ask the administrator about the Rucio account of the service, its limits and RUCIO_RSE.',
  },
  RULE_STUCK: {
    status: 409,
    title: 'Rucio cannot transfer the data',
    class: 'permanent',
    detail: "Rucio's rule {rule} for {did} is {state}: {reason}.",
    remedy: 'Ask the operators of Rucio, and retry the operation when the problem is fixed.',
  },
  RUCIO_UNREACHABLE: {
    status: 502,
    title: 'Rucio cannot be reached',
    class: 'transient',
    detail: 'Rucio cannot be reached: {reason}.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
    automaticRetries: 3,
  },
  RUCIO_FORBIDDEN: {
    status: 403,
    title: 'Rucio refused the credentials',
    class: 'auth',
    detail: 'Rucio does not accept the credentials: {reason}.',
    remedy:
      'Ask the administrator about RUCIO_AUTH and the Rucio account; with RUCIO_AUTH=caller, send a valid token.',
  },
  RUCIO_TOKEN_MISSING: {
    status: 401,
    title: 'Token for Rucio is missing',
    class: 'auth',
    detail: 'The service queries Rucio with the token of the caller, and this request has none.',
    remedy:
      'Send your token in the header X-Rucio-Auth-Token. It is never stored, so wait for the end of the operation.',
  },
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
  BODY_INVALID: {
    status: 422,
    title: 'Request is not valid',
    class: 'permanent',
    detail: '{reason}',
    remedy: 'Correct the fields that errors lists; GET /docs describes the request.',
  },
  QUERY_UNKNOWN: {
    status: 400,
    title: 'Unknown query parameter',
    class: 'permanent',
    detail: 'The query has the unknown parameter {name}; known here are: {known}.',
    remedy: 'Correct its name, or leave it out; GET /docs describes the request.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'Body is too large',
    class: 'permanent',
    detail: 'The body exceeds the limit of {limitBytes} bytes.',
    remedy: 'Send a smaller body.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers are too large',
    class: 'permanent',
    detail: 'The headers of the request, with its path and query, exceed the size limit.',
    remedy: 'Send fewer cookies and a shorter path, or ask the administrator about MAX_HEADER_BYTES.',
  },
  HEADERS_TOO_SLOW: {
    status: 408,
    title: 'Headers arrive too slowly',
    class: 'transient',
    detail: 'The headers of the request did not arrive in time.',
    remedy: 'Try again.',
  },
  REQUEST_MALFORMED: {
    status: 400,
    title: 'Request is not valid HTTP',
    class: 'permanent',
    detail: 'The request could not be read, as it is not valid HTTP/1.1.',
    remedy: 'Use an HTTP library, and check the proxies in between.',
  },
  BODY_TOO_SLOW: {
    status: 408,
    title: 'Body arrives too slowly',
    class: 'transient',
    detail: 'The body of the request arrived more slowly than {bytesPerSecond} bytes per second.',
    remedy: 'Try again over a faster connection.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests',
    class: 'transient',
    detail: 'There are too many {what} from your address: more than {limit} a minute.',
    remedy: 'Wait for the number of seconds in Retry-After.',
  },
  TOO_MANY_WAITING: {
    status: 429,
    title: 'Too many operations are queued',
    class: 'quota',
    detail: 'At most {limit} operations of {username} may be queued, and this request would exceed that.',
    remedy: 'Wait until some of them have run, or abort those that you no longer need.',
  },
  QUEUE_FULL: {
    status: 503,
    title: 'The queue is full',
    class: 'transient',
    detail: 'At most {limit} operations may be queued here, and this request would exceed that.',
    remedy: 'Try again later, when operations of other users have ended.',
  },
  TOO_MANY_AT_ONCE: {
    status: 429,
    title: 'Too many at the same time',
    class: 'transient',
    detail: 'The limit of {limit} concurrent {what} of {whose} has been reached.',
    remedy: 'Wait until one of them has ended.',
  },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'Content type is not supported',
    class: 'permanent',
    detail: 'The body must be {expected}, but the content type is {contentType}.',
    remedy: 'Send it in that format, with a matching Content-Type header; GET /docs describes the request.',
  },
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    title: 'Idempotency-Key is not valid',
    class: 'permanent',
    detail: 'The Idempotency-Key is not 1 to 255 visible ASCII characters, with or without quotation marks.',
    remedy: 'Send a UUID, for instance, and send the header only once.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    title: 'Idempotency-Key belongs to another request',
    class: 'permanent',
    detail: 'The Idempotency-Key was already used by another request, which created {id}.',
    remedy: 'Use a new key for each new request.',
  },
  REQUEST_UNFINISHED: {
    status: 409,
    title: 'First request is not finished',
    class: 'transient',
    detail: 'The first request with this Idempotency-Key is still being received.',
    remedy: 'Repeat the request in a few seconds.',
  },
  LOG_NOT_KEPT: {
    status: 404,
    title: 'No log file is kept here',
    class: 'permanent',
    detail: 'This function writes its log to standard output only, so there is no log to show.',
    remedy: 'Look at the output of the function on its platform; on AWS, that is CloudWatch.',
  },
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
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not authenticated',
    class: 'auth',
    detail: 'This service requires authentication, and the request has no credentials.',
    remedy: 'Log in on the page, or send the header Authorization: Bearer with your token.',
  },
  TOKEN_INVALID: {
    status: 401,
    title: 'Token is not accepted',
    class: 'auth',
    detail: 'The token of the request is not accepted: {reason}.',
    remedy: 'Get a new token, or log in again.',
  },
  LOGIN_FAILED: {
    status: 403,
    title: 'Login failed',
    class: 'auth',
    detail: 'The login did not succeed: {reason}.',
    remedy: 'Open the page of the service, and log in again.',
  },
  ACCOUNT_REFUSED: {
    status: 403,
    title: 'Account may not use the service',
    class: 'auth',
    detail: 'The account {account} may not use this service: {reason}.',
    remedy: 'Ask the administrator of the service about your account.',
  },
  ROLE_REQUIRED: {
    status: 403,
    title: 'Not allowed for this role',
    class: 'auth',
    detail: '{method} {path} requires the role {roles}.',
    remedy: 'Ask the administrator of the service if you need it.',
  },
  USERNAME_FORBIDDEN: {
    status: 403,
    title: 'Not allowed for this user',
    class: 'auth',
    detail: 'The caller may not act for the user {username}.',
    remedy: 'Leave username out, or name yourself or a project of yours.',
  },
  SOURCE_FORBIDDEN: {
    status: 403,
    title: 'Source is not open to you',
    class: 'auth',
    detail: 'You may not use {path}: {reason}.',
    remedy: 'Ask for a token that includes it, or the owner of the data to let you use it.',
  },
  IDENTITY_PROVIDER_UNREACHABLE: {
    status: 503,
    title: 'Identity provider cannot be reached',
    class: 'transient',
    detail: 'The token cannot be checked, because {issuer} does not answer: {reason}.',
    remedy: 'Try again; if it keeps failing, contact the administrator.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Not found',
    class: 'permanent',
    detail: 'There is nothing at {path}.',
    remedy: 'GET /docs lists all endpoints.',
  },
  HOST_UNKNOWN: {
    status: 421,
    title: 'Host is not an address of the service',
    class: 'permanent',
    detail: 'The request is for the host {host}, which is not an address of this service.',
    remedy:
      'Use the address of the service; if this is one, ask the administrator to add it to the setting PUBLIC_URLS.',
  },
  ORIGIN_REFUSED: {
    status: 403,
    title: 'Request from a page of another site',
    class: 'permanent',
    detail:
      'The request was made by a page of another site (origin {origin}), which may not change anything here.',
    remedy:
      "Use the service's own page, or ask the administrator to add the site to CORS_ORIGINS, or to PUBLIC_URLS if it is the service itself.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    class: 'permanent',
    detail: '{path} does not support {method}.',
    remedy: 'Use one of the methods that the Allow header names.',
  },
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

const definitions: ReadonlyMap<string | null, ErrorDefinition> = new Map(Object.entries(errorTable));

/** The row of a recorded code; undefined when there is none, or the code is not in this table. */
export function findErrorDefinition(code: string | null): ErrorDefinition | undefined {
  return definitions.get(code);
}

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;
