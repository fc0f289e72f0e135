import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  authorityFile,
  distinguishedName,
  issueProxy,
  makeAuthority,
} from '../../services/openId/certificates.ts';
import { openRucioCatalogue } from '../../services/rucio/rucioCatalogue.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

describeWith('rucio', 'trust in Rucio, and authentication there', (rucio) => {
  let site: RucioSite;
  let service: StagingService;
  /** A non-deterministic RSE, with explicit addresses of its files. */
  let ownRse: string;

  beforeAll(async () => {
    site = await makeRucioSite(rucio);
    ownRse = `OWN_${site.rse}`;
    await site.catalogue.addRse(ownRse, { prefix: '/', isDeterministic: false });
    const map = {
      [`file://localhost/${site.rse}`]: 'rse',
      'file://localhost/own': 'own',
      'file://localhost': 'own',
    };
    service = await startStagingService(site.dataDirectory, {
      ...site.settings,
      RUCIO_RSE: `${site.rse}|${ownRse}`,
      RUCIO_PFN_MAP: JSON.stringify(map),
    });
    await mkdir(join(service.sourceStorage, 'own'));
  }, 60_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  });

  const stage = (url: string, source: string, target: string, headers: Record<string, string> = {}) =>
    clientOf(url).post(
      '/stage/local?username=alice',
      { local_path_on_storage: source, relative_path: target },
      headers,
    );

  test.each([
    ['climbs', 'file://localhost/own/../../../../etc/passwd', 'PATH_INVALID'],
    ['climbs when decoded', 'file://localhost/own/%2e%2e/%2e%2e/etc/passwd', 'PATH_OUTSIDE_STORAGE'],
    ['is of the machine itself', 'file://localhost/etc/passwd', 'SOURCE_NOT_FOUND'],
    ['goes through a link out of the storage', 'file://localhost/own/out/passwd', 'PATH_OUTSIDE_STORAGE'],
    ['is a folder', 'file://localhost/own/folder', 'REPLICA_UNMAPPED'],
  ])('an address that %s is refused', async (what, pfn, code) => {
    await symlink('/etc', join(service.sourceStorage, 'own', 'out')).catch(() => undefined);
    await mkdir(join(service.sourceStorage, 'own', 'folder'), { recursive: true });
    const did = { scope: site.scope, name: what.replaceAll(' ', '-') };
    await site.catalogue.addReplicas(ownRse, [{ ...did, bytes: 3, adler32: '024d0127', pfn }]);
    const answer = await stage(service.url, sourceOf(did), `hostile/${what}`);
    expect(answer.problem().code).toBe(code);
    expect(answer.text).not.toContain('root:');
  });

  test('an address at another host is not read', async () => {
    const did = await site.addFile('elsewhere.fits', 'abc');
    const settings = { ...site.settings, RUCIO_PFN_MAP: '{"file://other.example.org": "rse"}' };
    const other = await startStagingService(site.dataDirectory, settings);
    try {
      const answer = await stage(other.url, sourceOf(did), 'elsewhere');
      expect(answer.problem()).toMatchObject({ code: 'REPLICA_UNMAPPED', status: 502 });
    } finally {
      await other.stop();
    }
  });

  test('names that would leave the directory of a dataset publish nothing', async () => {
    const good = await site.addFile('names/good.fits', 'good');
    const bad = { scope: site.scope, name: 'names/../../bad.fits' };
    await site.catalogue.addReplicas(ownRse, [{ ...bad, bytes: 3, pfn: 'file://localhost/own/bad.fits' }]);
    await writeFile(join(service.sourceStorage, 'own', 'bad.fits'), 'bad');
    const dataset = { scope: site.scope, name: 'names' };
    await site.catalogue.addCollection('DATASET', dataset, [good, bad]);
    const answer = await stage(service.url, sourceOf(dataset), 'names');
    expect(answer.problem().code).toBe('OBJECT_NAME_UNSUPPORTED');
  });

  test('a replica on tape is not read', async () => {
    const tape = `TAPE_${site.rse}`;
    await site.catalogue.addRse(tape, { prefix: '/tape', isTape: true });
    const did = { scope: site.scope, name: 'tape.fits' };
    await site.catalogue.addReplicas(tape, [{ ...did, bytes: 3 }]);
    const other = await startStagingService(site.dataDirectory, { ...site.settings, RUCIO_RSE: tape });
    try {
      const { code, detail } = (await stage(other.url, sourceOf(did), 'tape')).problem();
      expect(code).toBe('DID_NOT_LOCAL');
      expect(detail).toContain(`only on tape (${tape})`);
    } finally {
      await other.stop();
    }
  });

  test('a replica that differs is declared suspicious, if configured', async () => {
    const did = { scope: site.scope, name: 'suspicious.fits' };
    const pfn = 'file://localhost/own/suspicious.fits';
    await writeFile(join(service.sourceStorage, 'own', 'suspicious.fits'), 'abd');
    await site.catalogue.addReplicas(ownRse, [{ ...did, bytes: 3, adler32: '024d0127', pfn }]);
    const settings = {
      ...site.settings,
      RUCIO_RSE: ownRse,
      RUCIO_PFN_MAP: '{"file://localhost/own": "own"}',
      RUCIO_DECLARE_BAD: 'true',
    };
    const other = await startStagingService(site.dataDirectory, settings);
    try {
      expect((await stage(other.url, sourceOf(did), 's')).problem().code).toBe('REPLICA_DIFFERS');
      const suspicious = await site.catalogue.call('GET', `/replicas/suspicious?rse_expression=${ownRse}`);
      expect(suspicious).toContain('suspicious.fits');
    } finally {
      await other.stop();
    }
  });

  test("with the caller's token, and without one", async () => {
    const did = await site.addFile('caller.fits', 'caller');
    const { RUCIO_URL, RUCIO_RSE, RUCIO_PFN_MAP } = site.settings;
    const settings = { RUCIO_URL, RUCIO_RSE, RUCIO_PFN_MAP, RUCIO_AUTH: 'caller' };
    const other = await startStagingService(site.dataDirectory, settings);
    const headers = { 'X-Rucio-Auth-Token': site.catalogue.token };
    try {
      const without = await stage(other.url, sourceOf(did), 'caller/1');
      expect(without.problem()).toMatchObject({ code: 'RUCIO_TOKEN_MISSING', status: 401 });
      expect((await stage(other.url, sourceOf(did), 'caller/2', headers)).status).toBe(200);
      const wrong = await stage(other.url, sourceOf(did), 'caller/3', {
        'X-Rucio-Auth-Token': 'not-a-valid-token',
      });
      expect(wrong.problem()).toMatchObject({ code: 'RUCIO_FORBIDDEN', status: 403 });
      const browsed = await clientOf(other.url).get(`/browse?path=${sourceOf(did)}`, { headers });
      expect(browsed.status).toBe(200);
      const logs = (await clientOf(other.url).get('/logs?limit=1000')).text + other.output();
      expect(logs).not.toContain(site.catalogue.token);
      expect(JSON.stringify(await clientOf(other.url).operations())).not.toContain(site.catalogue.token);
    } finally {
      await other.stop();
    }
  });

  test('with a token that the issuer gives to the service', async () => {
    const did = await site.addFile('oidc.fits', 'oidc');
    const { token } = await openRucioCatalogue(rucio);
    const secret = 'the-secret-of-the-client';
    let form = '';
    const issuer = createServer(async (request, response) => {
      for await (const part of request) form += part;
      const at = `http://${request.headers.host}/token`;
      const isClient = request.headers.authorization === `Basic ${btoa(`staging:${secret}`)}`;
      if (request.url?.endsWith('openid-configuration')) response.end(JSON.stringify({ token_endpoint: at }));
      else if (isClient) response.end(JSON.stringify({ access_token: token, expires_in: 3600 }));
      else response.writeHead(401).end();
    });
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    const address: AddressInfo | string | null = issuer.address();
    const { RUCIO_USERNAME, RUCIO_PASSWORD, ...settings } = site.settings;
    const other = await startStagingService(site.dataDirectory, {
      ...settings,
      RUCIO_AUTH: 'oidc',
      RUCIO_OIDC_ISSUER: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      RUCIO_OIDC_CLIENT_ID: 'staging',
      RUCIO_OIDC_CLIENT_SECRET: secret,
      RUCIO_OIDC_AUDIENCE: 'rucio',
    });
    try {
      expect((await stage(other.url, sourceOf(did), 'oidc')).status).toBe(200);
      expect(form).toBe('grant_type=client_credentials&audience=rucio');
    } finally {
      await other.stop();
      issuer.close();
    }
  });

  test('with a proxy certificate, which is renewed in its file', async () => {
    const did = await site.addFile('x509.fits', 'x509');
    const name = `Staging ${site.rse}`;
    const identity = { identity: distinguishedName(name), authtype: 'X509', email: 'staging@example.org' };
    await site.catalogue.call('POST', '/accounts/root/identities', identity);
    const file = join(site.dataDirectory, 'proxy.pem');
    await copyFile(await issueProxy(rucio.authority, `Nobody ${site.rse}`, `${site.rse}-nobody.pem`), file);
    const { RUCIO_USERNAME, RUCIO_PASSWORD, ...settings } = site.settings;
    const other = await startStagingService(site.dataDirectory, {
      ...settings,
      RUCIO_AUTH: 'x509_proxy',
      RUCIO_AUTH_URL: rucio.tlsUrl,
      RUCIO_X509_PROXY: file,
      NODE_EXTRA_CA_CERTS: authorityFile(rucio.authority),
    });
    const code = async (target: string) => (await stage(other.url, sourceOf(did), target)).problem().code;
    try {
      expect(await code('x509/unknown')).toBe('RUCIO_FORBIDDEN');
      const stranger = await mkdtemp(join(site.dataDirectory, 'stranger-'));
      await makeAuthority(stranger);
      await copyFile(await issueProxy(stranger, name, 'stranger.pem'), file);
      expect(await code('x509/stranger')).toBe('RUCIO_UNREACHABLE');
      await rm(file);
      expect(await code('x509/none')).toBe('RUCIO_FORBIDDEN');
      await copyFile(await issueProxy(rucio.authority, name, `${site.rse}.pem`), file);
      expect((await stage(other.url, sourceOf(did), 'x509/known')).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  test('an unavailable Rucio is a retryable error', async () => {
    const settings = { ...site.settings, RUCIO_URL: 'http://127.0.0.1:9' };
    const other = await startStagingService(site.dataDirectory, settings);
    try {
      const answer = await stage(other.url, `rucio://${site.scope}:any`, 'away');
      expect(answer.problem()).toMatchObject({ code: 'RUCIO_UNREACHABLE', status: 502, retryable: true });
    } finally {
      await other.stop();
    }
  });

  test('without RUCIO_URL such a name is a path like any other', async () => {
    const other = await startStagingService(site.dataDirectory);
    try {
      const answer = await stage(other.url, `rucio://${site.scope}:any`, 'any');
      expect(answer.problem().code).toBe('SOURCE_NOT_FOUND');
      await writeFile(join(service.sourceStorage, 'rucio:x:y'), 'a file');
      expect((await stage(other.url, 'rucio:x:y', 'x')).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});
