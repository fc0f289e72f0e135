import type { ErrorCode } from '../../../shared/errors/errorTable.ts';

/** Remedies in terms of this page, for errors whose remedy from the API is meant for programmers. */
const remedies: { readonly [code in ErrorCode]?: string } = {
  INVALID_METHOD: 'Choose one of the methods that the page offers.',
  SOURCE_NOT_FOUND:
    'Check the spelling, or look for it under Browse. Paths are relative to the source storage.',
  NOT_A_FILE: 'Open the folder, and select a file in it.',
  PREVIEW_IMPOSSIBLE: 'Choose another part of the file, or another plane.',
  SOURCE_IS_ROOT: 'Choose folders inside it.',
  SOURCE_NOT_MOUNTED: 'Choose a copy or a download instead of a link.',
  BUCKET_NOT_OFFERED: 'Choose one of the buckets under Browse, or ask the administrator of this site.',
  DID_NOT_FOUND: 'Check its scope and name, or search for it under Data identifiers.',
  REPLICA_UNMAPPED:
    'Ask the administrator of this site: the service does not know the storage of this replica.',
  RUCIO_FORBIDDEN: 'Ask the administrator of this site about your Rucio account.',
  RULE_REFUSED: 'Ask the administrator of this site about the Rucio account of the service and its limits.',
  RUCIO_TOKEN_MISSING: 'This site needs your own Rucio token, which only scripts can send.',
  TARGET_IS_LINK: 'Choose another destination, or remove the link in a terminal.',
  TARGET_HIDDEN: 'Choose a destination that does not begin with a dot.',
  TARGET_IN_FILE: 'Choose another destination.',
  TARGET_DIFFERS: 'Choose another name at the destination, or remove the existing data if nobody needs it.',
  DATA_CHANGED: 'Check the data. If nobody needs the changes, its owner can remove it in a terminal.',
  NO_SPACE: 'Remove what you no longer need, for instance under My data, or ask for more space.',
  LINK_IMPOSSIBLE: 'Choose a copy instead of a link.',
  BODY_INVALID: 'Correct the fields listed here, and try again.',
  QUERY_UNKNOWN: 'The address has an unknown parameter. Choose again on this page.',
  BODY_TOO_LARGE: 'Choose fewer items, or the folder that contains them.',
  HEADERS_TOO_LARGE: 'Delete the cookies of this site in your browser, and try again.',
  REQUEST_MALFORMED: 'Reload this page, and try again.',
  TOO_MANY_REQUESTS: 'Wait a minute, and try again.',
  CONTENT_TYPE_UNSUPPORTED: 'Reload this page, and try again.',
  IDEMPOTENCY_KEY_INVALID: 'Reload this page, and try again.',
  IDEMPOTENCY_KEY_REUSED: 'Reload this page, and try again.',
  LOG_NOT_KEPT: 'This site keeps its log elsewhere: ask its administrator.',
  OPERATION_NOT_FOUND: 'Check the link. You see only your own operations.',
  OPERATION_NOT_ENDED: 'Wait until it has ended, or abort it.',
  OPERATION_ENDED: 'It has already ended; nothing needs to be done.',
  DOWNLOAD_NEEDS_CLIENT: 'Download it on this page, or choose a copy.',
  BATCH_NOT_FOUND: 'Check the link. You see only your own batches.',
  BATCH_ENDED: 'It has already ended; nothing needs to be done.',
  BATCH_UNSUPPORTED: 'Choose a copy or a link to your user area, or switch off "All or nothing".',
  BATCH_ITEMS_COLLIDE: 'Switch on "Keep their folders", or stage them one after another.',
  UNAUTHENTICATED: 'Log in again.',
  TOKEN_INVALID: 'Log in again.',
  USERNAME_FORBIDDEN: 'Choose your own user area, or that of a project of yours.',
  SOURCE_FORBIDDEN: 'Ask the owner of the data to let you use it.',
  ROUTE_NOT_FOUND: 'This part of the service is not running at this site.',
  HOST_UNKNOWN: 'Use the address that your site publishes, or report this one to its administrator.',
  ORIGIN_REFUSED: "Open the service's own page, or ask its administrator to allow this one.",
  METHOD_NOT_ALLOWED: 'Reload this page, and try again.',
  PRECONDITION_FAILED: 'Start the download again.',
  RANGE_NOT_SATISFIABLE: 'Start the download again.',
  DOWNLOAD_TOO_LARGE: 'Download the files of the folder one by one, or choose a copy.',
  ANSWER_INCOMPLETE: 'Try again. The operation shows its result.',
  CLIENT_CLOSED: 'Start the download again.',
  JUPYTER_TOKEN_MISSING: 'Enter your JupyterHub token in the form, or ask the administrator of this site.',
  JUPYTER_FORBIDDEN: 'Enter a JupyterHub token of this user, or ask the administrator of this site.',
  OPERATION_CONTINUES: 'It continues by itself. Check it again later.',
};

const known: Readonly<Record<string, string | undefined>> = remedies;

/** The remedy of an error: in terms of this page, or the service's own. */
export function remedyOf<Otherwise>(
  code: string | null | undefined,
  otherwise: Otherwise,
): string | Otherwise {
  return (code ? known[code] : undefined) ?? otherwise;
}
