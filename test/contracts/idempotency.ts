import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';

/** Requests that are repeated with their Idempotency-Key. */
export function idempotencyContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const stage = (key: string, source: string, target: string, query = 'username=ida') =>
    client().post(
      `/stage/local?${query}`,
      { local_path_on_storage: source, relative_path: target },
      { 'idempotency-key': key },
    );
  const rows = (username: string) => client().operations(`&username=${username}`);

  beforeAll(() => writeFile(join(service().sourceStorage, 'keyed'), 'keyed'));

  test('the same key and request are answered as the first time, with the same operation', async () => {
    const first = await stage('one', 'keyed', 'one');
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    // As in the draft of the header, and as most clients send it.
    for (const key of ['one', '"one"']) {
      const again = await stage(key, 'keyed', 'one');
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
      expect(again.text).toBe(first.text);
    }
    expect(await rows('ida')).toHaveLength(1);
  });

  test('present data is reported again, with its location', async () => {
    const first = await stage('present', 'keyed', 'one', 'username=ida');
    expect(first.staged().message).toMatch(/^Data already available at .*one$/);
    expect((await stage('present', 'keyed', 'one')).text).toBe(first.text);
  });

  test('a failed operation fails again with the same error, and is not started again', async () => {
    const first = (await stage('failing', 'not there', 'x', 'username=fay')).problem();
    await writeFile(join(service().sourceStorage, 'not there'), 'now it is');
    const again = await stage('failing', 'not there', 'x', 'username=fay');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const { request_id: _one, ...rest } = first;
    expect(again.problem()).toMatchObject(rest);
    expect(await rows('fay')).toHaveLength(1);
  });

  test('after a retry, the key stands for the new attempt', async () => {
    await writeFile(join(service().sourceStorage, 'much later'), 'x');
    const { operation_id: id } = (await stage('mended', 'much later', 'bad\u0000', 'username=mia')).problem();
    expect((await client().operation(id ?? '')).error_code).toBe('PATH_INVALID');
    const failed = (await stage('mended', 'later still', 'good', 'username=mia')).problem();
    await writeFile(join(service().sourceStorage, 'later still'), 'x');
    await client().post(`/operations/${failed.operation_id}/retry`, '');
    const again = await stage('mended', 'later still', 'good', 'username=mia');
    expect(again.staged().operation).toMatchObject({ id: failed.operation_id, attempts: 2 });
  });

  test.each([
    ['source', 'elsewhere', 'same', 'username=una', '/stage/local'],
    ['target', 'keyed', 'elsewhere', 'username=una', '/stage/local'],
    ['method', 'keyed', 'same', 'username=una', '/stage/symlink'],
    ['method, asked for at one endpoint', 'keyed', 'same', 'username=una&method=symlink_copy', '/stage_data'],
  ])(
    'the same key with another %s is refused, and starts nothing',
    async (_what, source, target, query, path) => {
      await stage('same', 'keyed', 'same', 'username=una');
      const body = { local_path_on_storage: source, relative_path: target };
      const answer = await client().post(`${path}?${query}`, body, { 'idempotency-key': 'same' });
      expect([answer.status, answer.problem().code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
      expect(await rows('una')).toHaveLength(1);
    },
  );

  test('another digest makes a different request, but another token does not', async () => {
    const body = { local_path_on_storage: 'keyed', relative_path: 'digest', md5: '0'.repeat(32) };
    const headers = { 'idempotency-key': 'digest' };
    await client().post('/stage/local?username=una', { ...body, md5: undefined }, headers);
    const other = await client().post('/stage/local?username=una', body, headers);
    expect(other.problem().code).toBe('IDEMPOTENCY_KEY_REUSED');
    const token = await stage('digest', 'keyed', 'digest', 'username=una&jupyter_token=secret');
    expect([token.status, token.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  });

  test('keys are separate for each user', async () => {
    for (const username of ['ulf', 'uwe']) {
      const answer = await stage('shared', 'keyed', 'k', `username=${username}`);
      expect([answer.headers.get('idempotent-replayed'), answer.staged().operation.username]).toEqual([
        null,
        username,
      ]);
    }
  });

  test.each(['', ' ', 'a b', '"open', 'é', '"ä"', 'x'.repeat(256), 'one, two'])(
    'an invalid key is refused and recorded: %j',
    async (key) => {
      const before = (await rows('kim')).length;
      const answer = await stage(Buffer.from(key).toString('latin1'), 'keyed', 'k', 'username=kim');
      expect([answer.status, answer.problem().code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
      expect(await rows('kim')).toHaveLength(before + 1);
    },
  );

  test('a download is answered with its data each time', async () => {
    for (const key of ['data', 'data', 'no key']) {
      const body = { local_path_on_storage: 'keyed', relative_path: '' };
      const query = 'method=direct_download&username=dora';
      const answer = await client().post(`/stage_data?${query}`, body, { 'idempotency-key': key });
      expect([answer.text, answer.headers.get('idempotent-replayed')]).toEqual(['keyed', null]);
    }
  });

  test('ten concurrent identical requests with one key create one operation, and all get its answer', async () => {
    await writeFile(join(service().sourceStorage, 'wanted'), Buffer.alloc(3_000_000, 'x'));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => stage('ten', 'wanted', 'wanted', 'username=tess')),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.staged().operation.outcome).toBe('staged');
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(9);
    expect(await rows('tess')).toHaveLength(1);
    expect(await readdir(join(service().userAreas, 'tess'))).toEqual(['wanted']);
  });
}
