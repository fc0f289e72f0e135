import type { ErrorDefinition } from './errorDefinition.ts';

/** Data identifiers: unknown ones, data that is not at this site, and failures of Rucio. */
export const catalogueErrors = {
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
} as const satisfies Record<string, ErrorDefinition>;
