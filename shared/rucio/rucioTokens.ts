import { raceAbort } from '../async/abortSignals.ts';
import type { RucioConfig } from '../config/rucioConfig.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { HeldToken } from '../model/sourcePath.ts';
import { logIn, type TimedToken } from './logIn.ts';

/** The tokens of requests to Rucio. */
export interface RucioTokens {
  /**
   * The service's own token, obtained when it is needed, or the caller's.
   * @throws RUCIO_TOKEN_MISSING, RUCIO_FORBIDDEN, RUCIO_UNREACHABLE, or the signal's reason
   */
  token(ofCaller: HeldToken | undefined, signal: AbortSignal): Promise<HeldToken>;
  /** Renews the token next time. False for a caller's token, which cannot be renewed. */
  forget(token: HeldToken): boolean;
}

/**
 * How long before its expiry a token is renewed, in ms; one with a lifetime shorter than twice that, at half its
 * lifetime.
 */
const reserveMs = 60_000;

/** A token that is requested, or obtained. */
interface Login {
  readonly making: Promise<TimedToken>;
  token: Secret | undefined;
  renewAtMs: number;
}

/** The tokens for a server. One login serves all requests that wait for it. */
export function createRucioTokens(config: RucioConfig): RucioTokens {
  let current: Login | undefined;
  const renew = () => {
    const login: Login = { making: logIn(config), renewAtMs: Number.POSITIVE_INFINITY, token: undefined };
    current = login;
    login.making.then(
      ({ token, expiresAtMs }) => {
        const lifeMs = expiresAtMs - Date.now();
        login.token = token;
        login.renewAtMs = expiresAtMs - Math.min(reserveMs, lifeMs / 2);
      },
      () => {
        if (current === login) current = undefined;
      },
    );
    return login;
  };
  return {
    async token(ofCaller, signal) {
      if (config.credentials.kind === 'caller') {
        if (ofCaller) return ofCaller;
        throw new StagingError('RUCIO_TOKEN_MISSING');
      }
      const login = current && Date.now() < current.renewAtMs ? current : renew();
      return (await raceAbort(login.making, signal)).token;
    },
    forget(token) {
      if (config.credentials.kind === 'caller') return false;
      // Another request may have renewed it already.
      if (current?.token === token) current = undefined;
      return true;
    },
  };
}
