import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDigests } from '../../../shared/storage/digest/digests.ts';
import type { Rucio } from './rucio.ts';

/** A name in Rucio. */
export interface Did {
  readonly scope: string;
  readonly name: string;
}

/** A file as Rucio registers it. */
export interface RegisteredFile extends Did {
  readonly bytes: number;
  readonly adler32?: string;
  readonly md5?: string;
  /** Needed for an RSE that is not deterministic. */
  readonly pfn?: string;
}

/** An RSE: the location of its files, and how Rucio writes their addresses. */
interface RseSettings {
  readonly isDeterministic?: boolean;
  readonly isTape?: boolean;
  readonly scheme?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly prefix: string;
}

/** The catalogue of a Rucio, for preparing tests. */
export interface RucioCatalogue {
  /** A request to the API; it must succeed. Returns the text of the answer. */
  call(method: string, path: string, body?: unknown): Promise<string>;
  addRse(rse: string, settings: RseSettings): Promise<void>;
  /** The account's quota there, in bytes; -1 for unlimited. Without it, the quota is 0. */
  setQuota(rse: string, bytes: number): Promise<void>;
  /** Plays a daemon of Rucio that has failed to bring a file to an RSE. */
  failTransfer(rse: string, did: Did, reason: string): Promise<void>;
  addScope(scope: string): Promise<void>;
  addReplicas(rse: string, files: readonly RegisteredFile[]): Promise<void>;
  addCollection(type: 'DATASET' | 'CONTAINER', did: Did, contents: readonly Did[]): Promise<void>;
  /** The token of a request: renewed for each catalogue. */
  readonly token: string;
}

/** Opens the catalogue as the administrator. */
export async function openRucioCatalogue(rucio: Rucio): Promise<RucioCatalogue> {
  const token = await login(rucio);
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${rucio.url}${path}`, {
      method,
      headers: { 'X-Rucio-Auth-Token': token, Accept: 'application/x-json-stream, application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  };
  return {
    token,
    call,
    async addRse(rse, { isDeterministic = true, isTape = false, ...protocol }) {
      const type = isTape ? 'TAPE' : 'DISK';
      await call('POST', `/rses/${rse}`, { deterministic: isDeterministic, volatile: false, rse_type: type });
      const { scheme = 'file', hostname = 'localhost', port = 0, prefix } = protocol;
      const mayDo = { read: 1, write: 1, delete: 1 };
      await call('POST', `/rses/${rse}/protocols/${scheme}`, {
        ...{ hostname, port, prefix, impl: 'rucio.rse.protocols.posix.Default' },
        domains: { lan: mayDo, wan: { ...mayDo, third_party_copy_read: 1, third_party_copy_write: 1 } },
      });
    },
    setQuota: async (rse, bytes) =>
      void (await call('POST', `/accounts/root/limits/local/${rse}`, { bytes })),
    failTransfer: async (rse, { scope, name }, reason) =>
      void (await call('POST', '/failed-transfers', { rse, scope, name, reason })),
    addScope: async (scope) => void (await call('POST', `/scopes/root/${scope}`)),
    addReplicas: async (rse, files) => void (await call('POST', '/replicas', { rse, files })),
    async addCollection(type, { scope, name }, dids) {
      const path = `/dids/${scope}/${encodeURIComponent(name)}`;
      await call('POST', path, { type });
      if (dids.length > 0) await call('POST', `${path}/dids`, { dids });
    },
  };
}

async function login({ url, account, username, password }: Rucio): Promise<string> {
  const answer = await fetch(`${url}/auth/userpass`, {
    headers: { 'X-Rucio-Account': account, 'X-Rucio-Username': username, 'X-Rucio-Password': password },
  });
  const token = answer.headers.get('x-rucio-auth-token');
  if (token === null) throw new Error(`Rucio gave no token: ${answer.status} ${await answer.text()}`);
  return token;
}

/** Where a deterministic RSE has a file, beneath its prefix (Rucio's algorithm `hash`). */
export function deterministicPath({ scope, name }: Did): string {
  const hash = createHash('md5').update(`${scope}:${name}`).digest('hex');
  const folders = /^(?:user|group)\b/.test(scope) ? scope.replaceAll('.', '/') : scope;
  return `${folders}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${name}`;
}

/** Writes a file where a deterministic RSE has it, and describes it as Rucio registers it. */
export async function writeReplica(folder: string, did: Did, content: Buffer): Promise<RegisteredFile> {
  const path = join(folder, deterministicPath(did));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return { ...did, ...(await describeContent(content)) };
}

/** The size and checksums of some bytes. */
export async function describeContent(content: Buffer): Promise<Omit<RegisteredFile, keyof Did>> {
  const digests = await createDigests(['adler32', 'md5']);
  digests.update(content);
  return { bytes: content.length, ...digests.digest() };
}
