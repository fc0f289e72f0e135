import { inspect } from 'node:util';
import { hiddenSecret, rememberSecret } from '../process/liveSecrets.ts';

/**
 * A token or password. Only `reveal()` returns it, and while it exists it is redacted in every error and log line, so
 * that no answer, record or log can contain it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    rememberSecret(this, value);
  }

  /** The secret itself, for the one request that needs it. */
  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return hiddenSecret;
  }

  toString(): string {
    return hiddenSecret;
  }

  [inspect.custom](): string {
    return hiddenSecret;
  }
}

/** The service's own token at JupyterHub. It has wide permissions, so it is sent to the hub only. */
export class HubToken extends Secret {
  readonly audience = 'hub';
}

/** A token of one user, which may be shown to that user's notebook server. */
export class ServerToken extends Secret {
  readonly audience = 'server';
}
