import type { Request } from 'express';
import type { Config } from '../../config/config.ts';
import { invalidRequest } from '../validation.ts';

/** The caller's own token for Rucio, where the service asks it with that. @throws BODY_INVALID when it is no token */
export function rucioTokenOf(request: Request, { rucio }: Pick<Config, 'rucio'>): string | undefined {
  const token = request.get('x-rucio-auth-token');
  if (token === undefined || rucio?.credentials.kind !== 'caller') return undefined;
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw invalidRequest([{ path: 'header.X-Rucio-Auth-Token', message: 'is not a token' }]);
}
