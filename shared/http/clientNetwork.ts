import { isIPv6 } from 'node:net';
import type { Request } from 'express';

/**
 * The address that a request comes from, as its proxies say: of IPv4 all of it, of IPv6 the 64 bits that one client gets,
 * and may choose all others.
 */
export function networkOf({ ip = '' }: Request): string {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [before = '', after] = plain.split('::');
  const first = before.split(':').filter(Boolean);
  const last = after?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
