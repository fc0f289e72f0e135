import { lstat, open, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { deterministicPath } from '../../services/rucio/rucioCatalogue.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

describeWith('rucio', 'staging by data identifier', (rucio) => {
  let site: RucioSite;
  let service: StagingService;

  beforeAll(async () => {
    site = await makeRucioSite(rucio);
    service = await startStagingService(site.dataDirectory, site.settings);
  }, 60_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  });

  const client = () => clientOf(service.url);
  const target = (...names: string[]) => join(service.userAreas, 'alice', ...names);
  const filesBeneath = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
  };
  /** Changes one bit of a replica on disk. */
  const damage = async (did: Parameters<typeof deterministicPath>[0]) => {
    const file = await open(join(site.folder, deterministicPath(did)), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 0);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await file.write(byte, 0, 1, 0);
    await file.close();
  };

  test('a file is copied, and has the digests of the catalogue', async () => {
    const did = await site.addFile('cube.fits', 'visibilities');
    const { operation } = (await client().stage('local_copy', sourceOf(did), 'a/cube.fits')).staged();
    expect(await readFile(target('a', 'cube.fits'), 'utf8')).toBe('visibilities');
    expect((await stat(target('a', 'cube.fits'))).mode & 0o777).toBe(0o400);
    const known = JSON.parse(await site.catalogue.call('GET', `/dids/${did.scope}/${did.name}`));
    expect(operation).toMatchObject({ adler32: known.adler32, md5: known.md5, bytes_done: known.bytes });
    expect(operation.local_path_on_storage).toBe(sourceOf(did));
  });

  test('the short form of a name is accepted, too', async () => {
    const did = await site.addFile('short.fits', 'short');
    const answer = await client().stage('local_copy', `rucio:${did.scope}:${did.name}`, 'short.fits');
    expect(answer.staged().operation.outcome).toBe('staged');
    expect(await readFile(target('short.fits'), 'utf8')).toBe('short');
  });

  test('a name is also accepted as scope and name, or namespace and name', async () => {
    const { scope, name } = await site.addFile('members.fits', 'members');
    const stage = (did: object, relative_path: string, more = {}) =>
      client().post('/stage/local?username=alice', { did, relative_path, ...more });
    const { operation } = (await stage({ scope, name }, 'm/1')).staged();
    expect(operation.local_path_on_storage).toBe(sourceOf({ scope, name }));
    expect((await stage({ namespace: scope, name }, 'm/2')).status).toBe(200);
    const both = await stage({ scope, name }, 'm/3', { local_path_on_storage: 'a.txt' });
    expect(both.problem()).toMatchObject({ status: 422, code: 'BODY_INVALID' });
    expect((await stage({ name }, 'm/4')).problem().code).toBe('BODY_INVALID');
    const items = [{ did: { scope, name }, relative_path: 'm/5' }];
    const batch = await client().post('/batches?method=local_copy&username=alice', { items });
    await waitFor(async () => {
      const { text } = await client().get(new URL(batch.headers.get('location') ?? '', service.url).pathname);
      return JSON.parse(text).phase === 'COMPLETED';
    });
    expect(await readFile(target('m', '5'), 'utf8')).toBe('members');
  });

  test('a dataset is staged as a batch of its files, one by one or all together', async () => {
    const files = [await site.addFile('batch/a.fits', 'a'), await site.addFile('batch/b.fits', 'b')];
    const dataset = { scope: site.scope, name: 'batch' };
    await site.catalogue.addCollection('DATASET', dataset, files);
    for (const all_or_nothing of [false, true]) {
      const body = { directory: sourceOf(dataset), relative_path: `batch-${all_or_nothing}`, all_or_nothing };
      const batch = await client().post('/batches?method=local_copy&username=alice', body);
      expect(batch.status).toBe(202);
      await waitFor(async () => {
        const { text } = await client().get(
          new URL(batch.headers.get('location') ?? '', service.url).pathname,
        );
        return JSON.parse(text).phase === 'COMPLETED';
      });
      expect(await filesBeneath(target(`batch-${all_or_nothing}`))).toEqual(['batch/a.fits', 'batch/b.fits']);
    }
  });

  test('a job of UWS stages it', async () => {
    const did = await site.addFile('uws.fits', 'uws');
    const form = { method: 'local_copy', username: 'alice', relative_path: 'uws.fits', phase: 'RUN' };
    const parameters = new URLSearchParams({ ...form, local_path_on_storage: sourceOf(did) });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const created = await fetch(`${service.url}/uws/jobs`, {
      method: 'POST',
      body: parameters.toString(),
      headers,
    });
    const phase = await fetch(`${created.url}?WAIT=20`);
    expect(await phase.text()).toContain('COMPLETED');
    expect(await readFile(target('uws.fits'), 'utf8')).toBe('uws');
  });

  test('the contents of a name can be browsed, and names can be searched', async () => {
    const did = await site.addFile('seek/found.fits', 'found');
    const dataset = { scope: site.scope, name: 'seek.set' };
    await site.catalogue.addCollection('DATASET', dataset, [did]);
    const browse = async (path: string, query = '') =>
      JSON.parse((await client().get(`/browse?path=${encodeURIComponent(path)}${query}`)).text);
    const found = await browse(`rucio://${site.scope}:seek*`);
    expect(found.entries.map(({ did }: { did: { source: string } }) => did.source).sort()).toEqual(
      [sourceOf(did), sourceOf(dataset)].sort(),
    );
    expect(await browse(sourceOf(dataset))).toMatchObject({
      did: { type: 'DATASET', files: 1, size_bytes: 5, open: true },
      entries: [{ name: `${did.scope}:${did.name}`, kind: 'file', size_bytes: 5 }],
      next_cursor: null,
    });
    expect(await browse(sourceOf(did))).toMatchObject({
      did: { type: 'FILE', sites: [site.rse] },
      entries: [],
    });
    const page = await browse(`rucio://${site.scope}:seek*`, '&limit=1');
    const next = await browse(`rucio://${site.scope}:seek*`, `&limit=1&cursor=${page.next_cursor}`);
    expect([...page.entries, ...next.entries]).toHaveLength(2);
    const preview = await client().get(`/preview?path=${encodeURIComponent(sourceOf(did))}`);
    expect(JSON.parse(preview.text)).toMatchObject({ kind: 'text', text: 'found' });
  });

  test('a file is linked', async () => {
    const did = await site.addFile('linked.fits', 'linked');
    const { operation } = (await client().stage('symlink_copy', sourceOf(did), 'linked.fits')).staged();
    expect(operation.link_type).toBe('hard');
    const replica = await stat(join(site.folder, deterministicPath(did)));
    expect((await stat(target('linked.fits'))).ino).toBe(replica.ino);
  });

  test('names that are not plain paths: slashes, colons, and a leading slash', async () => {
    for (const name of ['deep/er/x.fits', 'odd:name:x.fits', '/lead.fits']) {
      const did = await site.addFile(name, name);
      const to = `names/${name.replaceAll('/', '_')}`;
      expect((await client().stage('local_copy', sourceOf(did), to)).status).toBe(200);
      expect(await readFile(target(to), 'utf8')).toBe(name);
    }
  });

  test.each(['local_copy', 'symlink_copy'])(
    'a container is staged by %s as a directory, with equal last names in it',
    async (method) => {
      const [id, other] = [`c${method[0]}`, `other.${site.scope}`.slice(0, 25)];
      if (method === 'local_copy') await site.catalogue.addScope(other);
      const files = [
        await site.addFile(`${id}/one/data.fits`, `${id} one`),
        await site.addFile(`${id}/two/data.fits`, `${id} two`),
        await site.addFile(`${id}:data.fits`, `${id} three`),
        await site.addFile(`${id}:data.fits`, `${id} four`, other),
      ];
      const datasets = [
        { scope: site.scope, name: `${id}/first` },
        { scope: site.scope, name: `${id}/second` },
      ];
      for (const dataset of datasets) await site.catalogue.addCollection('DATASET', dataset, files.slice(1));
      const whole = { scope: site.scope, name: `${id}/all` };
      await site.catalogue.call('POST', `/dids/${site.scope}/${encodeURIComponent(`${id}/first`)}/dids`, {
        dids: files.slice(0, 1),
      });
      await site.catalogue.addCollection('CONTAINER', whole, datasets);
      const { operation } = (await client().stage(method, sourceOf(whole), `sets/${id}`)).staged();
      expect(operation).toMatchObject({ outcome: 'staged', files_done: 4, files_total: 4 });
      const at = target('sets', id);
      expect(await filesBeneath(at)).toEqual(
        [`${id}/one/data.fits`, `${id}/two/data.fits`, `${id}:data.fits`, `${other}/${id}:data.fits`].sort(),
      );
      expect(await readFile(join(at, id, 'two', 'data.fits'), 'utf8')).toBe(`${id} two`);
      expect(await readFile(join(at, other, `${id}:data.fits`), 'utf8')).toBe(`${id} four`);
      expect((await stat(at)).mode & 0o777).toBe(0o500);
      expect((await stat(join(at, id, 'one'))).mode & 0o777).toBe(0o500);
      const again = (await client().stage(method, sourceOf(whole), `sets/${id}`)).staged();
      expect(again.operation.outcome).toBe('already_present');
    },
  );

  test.each(['local_copy', 'symlink_copy'])(
    'one bit of a file changed on disk: %s publishes nothing',
    async (method) => {
      const did = await site.addFile(`bit-${method}.fits`, 'as it was registered');
      await damage(did);
      const answer = await client().stage(method, sourceOf(did), `bit/${method}`);
      expect(answer.problem()).toMatchObject({ code: 'REPLICA_DIFFERS', status: 409, retryable: false });
      const good = await site.addFile(`good-${method}.fits`, 'good');
      const dataset = { scope: site.scope, name: `bits-${method}` };
      await site.catalogue.addCollection('DATASET', dataset, [good, did]);
      const whole = await client().stage(method, sourceOf(dataset), `bit/all-${method}`);
      expect(whole.problem().code).toBe('REPLICA_DIFFERS');
      await expect(lstat(target('bit'))).rejects.toThrow('ENOENT');
      expect(await inTheMaking(service.userAreas)).toEqual([]);
    },
  );

  test('a file of another size is refused before a byte is copied', async () => {
    const did = await site.addFile('longer.fits', 'longer');
    const file = await open(join(site.folder, deterministicPath(did)), 'a');
    await file.write('!');
    await file.close();
    const answer = await client().stage('local_copy', sourceOf(did), 'longer.fits');
    expect(answer.problem().detail).toContain('The size in bytes of the replica');
  });

  test('a name that Rucio does not know is not found', async () => {
    const answer = await client().stage('local_copy', `rucio://${site.scope}:nothing`, 'nothing');
    expect(answer.problem()).toMatchObject({ code: 'DID_NOT_FOUND', status: 404 });
    expect((await client().stage('local_copy', 'rucio://nothing', 'nothing')).problem().code).toBe(
      'PATH_INVALID',
    );
  });

  test('data that is only at another site is reported with that site, also as a part of a dataset', async () => {
    const far = await site.registerFar('far.fits');
    const problem = (await client().stage('local_copy', sourceOf(far), 'far')).problem();
    expect(problem).toMatchObject({ code: 'DID_NOT_LOCAL', status: 409 });
    expect(problem.detail).toContain(`it is at ${site.farRse}`);
    const near = await site.addFile('near.fits', 'near');
    const dataset = { scope: site.scope, name: 'partly' };
    await site.catalogue.addCollection('DATASET', dataset, [near, far]);
    expect((await client().stage('local_copy', sourceOf(dataset), 'partly')).problem().code).toBe(
      'DID_NOT_LOCAL',
    );
    await expect(lstat(target('partly'))).rejects.toThrow('ENOENT');
  });

  test('a replica that is not available is not used', async () => {
    const did = await site.addFile('copying.fits', 'copying');
    await site.catalogue.call('PUT', '/replicas', { rse: site.rse, files: [{ ...did, state: 'U' }] });
    const problem = (await client().stage('local_copy', sourceOf(did), 'copying')).problem();
    expect(problem.detail).toContain(`${site.rse} (UNAVAILABLE)`);
  });

  test('a dataset is downloaded as a tar, and a file with its bytes', async () => {
    const did = await site.addFile('down/load.fits', 'downloaded');
    const file = await client().get(`/download/${sourceOf(did)}?username=alice`);
    expect(file.text).toBe('downloaded');
    expect(file.headers.get('content-disposition')).toContain('filename="load.fits"');
    const dataset = { scope: site.scope, name: 'down' };
    await site.catalogue.addCollection('DATASET', dataset, [did]);
    const tar = await client().get(`/download/rucio:${dataset.scope}:${dataset.name}?username=alice`);
    expect(tar.headers.get('content-type')).toBe('application/x-tar');
    expect(tar.text).toContain('down/down/load.fits');
    expect(tar.text).toContain('downloaded');
  });

  test('the download of a damaged file is aborted before its end', async () => {
    const did = await site.addFile('broken.fits', 'x'.repeat(1_000_000));
    await damage(did);
    await expect(client().get(`/download/${sourceOf(did)}?username=alice`)).rejects.toThrow();
    const dataset = { scope: site.scope, name: 'broken' };
    await site.catalogue.addCollection('DATASET', dataset, [did]);
    await expect(client().get(`/download/${sourceOf(dataset)}?username=alice`)).rejects.toThrow();
    const part = await client().get(`/download/${sourceOf(did)}?username=alice`, {
      headers: { Range: 'bytes=5-9' },
    });
    expect(part.text).toBe('xxxxx');
  });

  test('symbolic links lead to the replicas', async () => {
    const { folder } = site;
    const did = await site.addFile('sym/bolic.fits', 'symbolic');
    const dataset = { scope: site.scope, name: 'symbolic' };
    await site.catalogue.addCollection('DATASET', dataset, [did]);
    const settings = { ...site.settings, LINK_MODE: 'symbolic' };
    const other = await startStagingService(site.dataDirectory, settings);
    try {
      const answer = await clientOf(other.url).stage('symlink_copy', sourceOf(dataset), 'symbolic');
      expect(answer.staged().operation.link_type).toBe('symbolic');
    } finally {
      await other.stop();
    }
    expect(await readlink(target('symbolic', 'sym', 'bolic.fits'))).toBe(
      join(folder, deterministicPath(did)),
    );
  });
});
