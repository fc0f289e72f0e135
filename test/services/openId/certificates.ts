import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackages } from '../install/debianPackages.ts';

const run = promisify(execFile);

const organisation = '/O=Tests';

/** A key that is fast to generate. */
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** The name of a user, as Rucio knows them by their certificate. */
export function distinguishedName(commonName: string): string {
  return `${organisation}/CN=${commonName}`;
}

/** The path of an authority's certificate, in this folder. */
export function authorityFile(folder: string): string {
  return join(folder, 'authority.pem');
}

/** Creates a certificate authority for the tests, in a folder. */
export async function makeAuthority(folder: string): Promise<void> {
  await ensureDebianPackages('certificates', 'openssl');
  const about = ['-subj', `${organisation}/CN=Authority`, '-days', '2'];
  await openssl(
    folder,
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'authority.key',
    '-out',
    'authority.pem',
    ...about,
  );
}

/** Creates a certificate for localhost. Returns the file with it and its key. */
export async function issueForServer(folder: string): Promise<string> {
  const extensions = ['subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await sign(folder, 'server', { subject: '/CN=localhost', issuer: 'authority', extensions });
  return concatenate(folder, 'server-with-key.pem', ['server.pem', 'server.key']);
}

/**
 * Creates a proxy certificate (RFC 3820), as `voms-proxy-init` does: signed by the certificate of a user, which the
 * authority has signed. Returns a file with the proxy, its key and the user's certificate.
 */
export async function issueProxy(folder: string, commonName: string, fileName: string): Promise<string> {
  const [user, proxy] = [`${fileName}-user`, `${fileName}-proxy`];
  const subject = distinguishedName(commonName);
  await sign(folder, user, { subject, issuer: 'authority', extensions: ['keyUsage=digitalSignature'] });
  const extensions = [
    'keyUsage=critical,digitalSignature',
    'proxyCertInfo=critical,language:id-ppl-inheritAll',
  ];
  await sign(folder, proxy, { subject: `${subject}/CN=1234567`, issuer: user, extensions });
  return concatenate(folder, fileName, [`${proxy}.pem`, `${proxy}.key`, `${user}.pem`]);
}

/** The options and the signer of a certificate: the base name of its files. */
interface Signing {
  readonly subject: string;
  readonly issuer: string;
  readonly extensions: readonly string[];
}

async function sign(folder: string, name: string, { subject, issuer, extensions }: Signing): Promise<void> {
  await writeFile(join(folder, `${name}.ext`), extensions.join('\n'));
  await openssl(folder, 'req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  const by = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-days', '2'];
  const files = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.pem`];
  await openssl(folder, 'x509', '-req', ...files, ...by);
}

async function concatenate(folder: string, target: string, names: readonly string[]): Promise<string> {
  const parts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  await writeFile(join(folder, target), parts.join(''), { mode: 0o600 });
  return join(folder, target);
}

async function openssl(folder: string, ...given: readonly string[]): Promise<void> {
  await run('/usr/bin/openssl', [...given], { cwd: folder });
}
