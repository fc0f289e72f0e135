import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';
import { jobsOf } from './jobs.ts';

const started = serviceWithSources({});
const jobs = () => jobsOf(started().service.url);
const codeOf = ({ text }: { text: string }) => problemSchema.parse(JSON.parse(text)).code;
const idsIn = (xml: string) => [...xml.matchAll(/<uws:jobref id="([^"]+)"/g)].map(([, id]) => id);
const small = {
  method: 'local_copy',
  username: 'ann',
  local_path_on_storage: 'small',
  relative_path: 'small',
};
const large = { ...small, local_path_on_storage: 'large', relative_path: 'large' };

test('a job accepts its parameters one by one, and runs only on request', async () => {
  const id = await jobs().create({ METHOD: 'symlink_copy' });
  const unready = await jobs().post(`${id}/phase`, { PHASE: 'RUN' });
  expect([unready.status, codeOf(unready)]).toEqual([422, 'BODY_INVALID']);
  expect(await jobs().phase(id)).toBe('PENDING');
  await jobs().post(`${id}/parameters`, { ...small, RUNID: 'mine' });
  const { status, location } = await jobs().post(`${id}/phase`, { PHASE: 'RUN' });
  expect([status, location]).toEqual([303, `${jobs().url}/${id}`]);
  await jobs().ended(id);
  expect(await clientOf(started().service.url).operation(id)).toMatchObject({
    phase: 'COMPLETED',
    method: 'local_copy',
    attempts: 1,
  });
  const late = await jobs().post(`${id}/parameters`, { RELATIVE_PATH: 'other' });
  expect([late.status, codeOf(late)]).toEqual([409, 'JOB_STARTED']);
});

test('of two concurrent requests to run a job, one succeeds', async () => {
  const id = await jobs().create({ ...small, relative_path: 'once' });
  const answers = await Promise.all([1, 2].map(() => jobs().post(`${id}/phase`, { PHASE: 'RUN' })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409]);
  await jobs().ended(id);
  expect(await clientOf(started().service.url).operation(id)).toMatchObject({ attempts: 1 });
});

test('a pending job is aborted, and does not run any more', async () => {
  const id = await jobs().create(small);
  expect((await jobs().post(`${id}/phase`, { PHASE: 'ABORT' })).status).toBe(303);
  expect(await jobs().phase(id)).toBe('ABORTED');
  expect(codeOf(await jobs().post(`${id}/phase`, { PHASE: 'RUN' }))).toBe('JOB_STARTED');
});

test.each([
  [{ METHOD: 'teleport' }, 400, 'INVALID_METHOD'],
  [{ METHOD: 'direct_download' }, 400, 'DOWNLOAD_NEEDS_CLIENT'],
  [{ USERNAME: '../bob' }, 422, 'BODY_INVALID'],
  [{ SHA256: 'no' }, 422, 'BODY_INVALID'],
  [{ JUPYTER_TOKEN: 'secret' }, 422, 'BODY_INVALID'],
  [{ PHASE: 'HELD' }, 422, 'BODY_INVALID'],
  [{ DESTRUCTION: 'soon' }, 422, 'BODY_INVALID'],
])('%j is refused', async (form, status, code) => {
  const answer = await jobs().post('', form);
  expect([answer.status, codeOf(answer)]).toEqual([status, code]);
});

test('a repeated parameter, in upper or lower case, is refused', async () => {
  const answer = await jobs().post('', [
    ['USERNAME', 'ann'],
    ['username', 'bob'],
  ]);
  expect([answer.status, codeOf(answer)]).toEqual([422, 'BODY_INVALID']);
});

test('a job that should run immediately and cannot is recorded as ERROR', async () => {
  const path = { ...small, local_path_on_storage: '/etc/passwd', phase: 'RUN' };
  const { status, text } = await jobs().post('', path);
  const problem = problemSchema.parse(JSON.parse(text));
  expect([status, problem.code]).toEqual([403, 'PATH_OUTSIDE_STORAGE']);
  expect(await jobs().phase(problem.operation_id ?? '')).toBe('ERROR');
});

test('WAIT is answered when the phase changes, and immediately when the job is in another phase than PHASE', async () => {
  const id = await jobs().create({ ...small, relative_path: 'waited' });
  const [waited] = await Promise.all([
    jobs().get(`/${id}?WAIT=30&PHASE=PENDING`),
    jobs().post(`${id}/phase`, { PHASE: 'ABORT' }),
  ]);
  expect(waited.text).toContain('<uws:phase>ABORTED</uws:phase>');
  const other = await jobs().create(small);
  expect((await jobs().get(`/${other}?WAIT=-1&PHASE=QUEUED`)).text).toContain('<uws:phase>PENDING<');
});

test('the list has the newest jobs first, of the requested phases, later than AFTER', async () => {
  const [first, second, third] = [
    await jobs().create(small),
    await jobs().create(small),
    await jobs().create(small),
  ];
  await jobs().post(`${second}/phase`, { PHASE: 'ABORT' });
  expect(idsIn((await jobs().get('?LAST=3')).text)).toEqual([third, second, first]);
  expect(idsIn((await jobs().get('?phase=PENDING&Phase=ABORTED&last=2')).text)).toEqual([third, second]);
  expect(idsIn((await jobs().get('?PHASE=ABORTED&LAST=1')).text)).toEqual([second]);
  const created = /<uws:creationTime>([^<]+)Z</.exec((await jobs().get(`/${second}`)).text)?.[1];
  expect(idsIn((await jobs().get(`?AFTER=${created}`)).text)).not.toContain(second);
  expect((await jobs().get('?AFTER=yesterday')).status).toBe(422);
  expect((await jobs().get('?LAST=0')).status).toBe(422);
});

test('a destroyed job is stopped and no longer a job, and its record stays', async () => {
  const id = await jobs().create({ ...large, phase: 'RUN' });
  expect(await jobs().destroy(id)).toEqual({ status: 303, location: jobs().url });
  expect((await jobs().get(`/${id}`)).status).toBe(404);
  expect(idsIn((await jobs().get('')).text)).not.toContain(id);
  expect(await clientOf(started().service.url).operation(id)).toMatchObject({ phase: 'ABORTED' });
  expect(await readdir(join(started().service.userAreas, 'ann'))).not.toContain('large');
  const other = await jobs().create(small);
  expect((await jobs().post(other, { ACTION: 'DELETE' })).location).toBe(jobs().url);
  expect((await jobs().get(`/${other}/phase`)).status).toBe(404);
});

test('a job that still runs at its destruction time is aborted', async () => {
  const destruction = new Date(Date.now() + 300).toISOString();
  const id = await jobs().create({ ...large, relative_path: 'due', phase: 'RUN', DESTRUCTION: destruction });
  const client = clientOf(started().service.url);
  await waitFor(async () => (await client.operation(id)).phase === 'ABORTED');
});

test('each element of a job can be read separately, and an unknown one is not found', async () => {
  const id = await jobs().create({ ...small, username: 'dan', phase: 'RUN' });
  await jobs().ended(id);
  const tell = async (part: string) => (await jobs().get(`/${id}/${part}`)).text;
  expect(await tell('owner')).toBe('dan');
  expect(await tell('executionduration')).toBe('0');
  expect([await tell('quote'), await tell('destruction'), await tell('error')]).toEqual(['', '', '']);
  expect(await tell('parameters')).toContain('<uws:parameter id="method">local_copy</uws:parameter>');
  expect(await tell('results')).toContain(`${jobs().url}/${id}/results/result`);
  expect((await jobs().get(`/${id}/secrets`)).status).toBe(404);
  expect((await jobs().get('/01a209e7-8b77-7024-8304-cbb11471d800')).status).toBe(404);
});

test('a job that is requested again with its key is the same job, and runs once', async () => {
  const key = { 'idempotency-key': 'job-1' };
  const wanted = { ...small, username: 'eve', phase: 'RUN' };
  const answers = await Promise.all([1, 2, 3].map(() => jobs().post('', wanted, key)));
  expect(new Set(answers.map(({ status, location }) => `${status} ${location}`)).size).toBe(1);
  await jobs().ended(answers[0]?.location?.split('/').at(-1) ?? '');
  expect(await clientOf(started().service.url).operations('&username=eve')).toMatchObject([{ attempts: 1 }]);
  const other = await jobs().post('', { ...wanted, relative_path: 'other' }, key);
  expect([other.status, codeOf(other)]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
});

test.each([
  ['without a boundary', 'multipart/form-data', 'x', 422, 'BODY_INVALID'],
  [
    'that breaks off',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="A"',
    422,
    'BODY_INVALID',
  ],
  ['with too many fields', 'multipart/form-data; boundary=b', partsNamed('A', 101), 422, 'BODY_INVALID'],
  [
    'with too many bytes',
    'multipart/form-data; boundary=b',
    partsNamed('A'.repeat(1000), 70),
    413,
    'BODY_TOO_LARGE',
  ],
  ['with an unknown field', 'multipart/form-data; boundary=b', partsNamed('QUERY', 1), 422, 'BODY_INVALID'],
])('a multipart form %s is refused', async (_what, type, body, status, code) => {
  const answer = await fetch(jobs().url, { method: 'POST', headers: { 'content-type': type }, body });
  expect([answer.status, codeOf({ text: await answer.text() })]).toEqual([status, code]);
});

test('standard parameters of the Virtual Observatory are ignored in queries, too, and no others', async () => {
  const id = await jobs().create({ username: 'fay' });
  for (const path of ['?Request=x&LAST=1&MAXREC=1', `/${id}?LANG=ADQL`, `/${id}/phase?RESPONSEFORMAT=text`]) {
    expect([path, (await jobs().get(path)).status]).toEqual([path, 200]);
  }
  expect((await jobs().get('?PAHSE=PENDING')).status).toBe(400);
});

function partsNamed(name: string, count: number): string {
  const part = `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nvalue\r\n`;
  return `${part.repeat(count)}--b--\r\n`;
}
