import type { Request, Response } from 'express';
import type { Config } from '../../../shared/config/config.ts';
import { isInNetworks } from '../../../shared/http/limits/clientNetwork.ts';
import { bytesOf } from '../../../shared/model/fileName.ts';
import type { FileSource } from '../../../shared/storage/source.ts';

/** A file that the proxy in front of the service sends itself. */
export interface ProxiedFile {
  readonly header: string;
  readonly path: string;
}

/**
 * Whether the requesting proxy can send a file itself (SENDFILE_HEADER): from its own mount of the source storage, so
 * that the bytes do not pass through this process. Files of the catalogue are verified here. A proxy has its own entity
 * tags, and would compare them with those of `If-Match`.
 */
export function fileForProxy(
  { mounted, catalogued }: FileSource,
  request: Request,
  { download: { sendfile }, trustedProxies }: Pick<Config, 'download' | 'trustedProxies'>,
): ProxiedFile | undefined {
  if (!sendfile || !mounted || catalogued || request.get('if-match') !== undefined) return undefined;
  if (!isInNetworks(trustedProxies, request.socket.remoteAddress)) return undefined;
  const prefix = sendfile.prefix.split('/').map((name) => encodeBytes(Buffer.from(name)));
  const names = mounted.location.map((name) => encodeBytes(bytesOf(name)));
  return { header: sendfile.header, path: [...prefix, ...names].join('/') };
}

/** Responses of which a proxy sends a range. */
const proxiedRanges = new WeakSet<Response>();

/** Whether a range of a file was sent, here or by a proxy. */
export function isRangeAnswer(response: Response): boolean {
  return response.statusCode === 206 || proxiedRanges.has(response);
}

/** Makes the proxy send the file. It evaluates the range again, and reports the bytes that it sends. */
export function leaveToProxy(response: Response, { header, path }: ProxiedFile): void {
  if (response.statusCode === 206) proxiedRanges.add(response);
  for (const name of ['Content-Range', 'Content-Length', 'Accept-Ranges']) response.removeHeader(name);
  response.status(200).set(header, path);
}

/** Percent-encodes all but unreserved characters (RFC 3986 §2.3): names are bytes, and need not be text. */
function encodeBytes(bytes: Buffer): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }).join('');
}
