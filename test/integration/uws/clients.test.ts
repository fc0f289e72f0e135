import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { askUwsClient } from '../../services/astronomy/pyvo.ts';
import { describeWith } from '../../services/describeWith.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';
import { jobsOf } from './jobs.ts';

describeWith('pyvo', 'third-party UWS clients', (pyvo) => {
  const started = serviceWithSources({});
  const jobs = () => jobsOf(started().service.url);
  const read = (id: string) => askUwsClient(pyvo, 'job', `${jobs().url}/${id}`);

  test('drive a job from its creation to its result', async () => {
    const parameters = [
      'METHOD=local_copy',
      'USERNAME=ann',
      'LOCAL_PATH_ON_STORAGE=small',
      'RELATIVE_PATH=by/uws',
    ];
    expect(await askUwsClient(pyvo, 'drive', jobs().url, ...parameters)).toMatchObject({
      before: 'PENDING',
      after: 'COMPLETED',
      version: '1.1',
      owner: 'ann',
      table: { phase: 'COMPLETED', outcome: 'staged', username: 'ann', bytes_done: 5, link_type: '' },
      result: { phase: 'COMPLETED', outcome: 'staged', bytes_done: 5 },
      is_same_by_format: true,
      after_deletion: 404,
    });
    expect(await readFile(join(started().service.userAreas, 'ann', 'by', 'uws'), 'utf8')).toBe('small');
  });

  test('send multipart forms, with standard parameters and a file', async () => {
    const standard = ['REQUEST=doQuery', 'Lang=ADQL', 'version=1.1', 'RESPONSEFORMAT=votable', 'MAXREC=10'];
    const parameters = ['Method=local_copy', 'USERNAME=ann', 'LOCAL_PATH_ON_STORAGE=größe', 'RUNID=mine'];
    expect(await askUwsClient(pyvo, 'parts', jobs().url, ...standard, ...parameters)).toEqual({
      method: 'local_copy',
      username: 'ann',
      local_path_on_storage: 'größe',
    });
  });

  test('find jobs, capabilities and availability like those of a TAP service', async () => {
    const id = await jobs().create({ username: 'eva' });
    const uws = `${started().service.url}/uws`;
    expect(await askUwsClient(pyvo, 'tap', uws)).toEqual({
      jobs: [id],
      phase: 'PENDING',
      capabilities: [
        ['ivo://ivoa.net/std/VOSI#capabilities', [`${uws}/capabilities`]],
        ['ivo://ivoa.net/std/VOSI#availability', [`${uws}/availability`]],
        [null, [`${uws}/jobs`]],
      ],
      is_available: true,
    });
  });

  test('read a job in every phase', async () => {
    const item = { method: 'local_copy', username: 'bob', relative_path: 'a', runid: 'my <run> & 1' };
    const pending = await jobs().create({ ...item, local_path_on_storage: 'a "b" <c>\u0001' });
    expect(await read(pending)).toEqual({
      phase: 'PENDING',
      run_id: item.runid,
      parameters: {
        method: 'local_copy',
        username: 'bob',
        local_path_on_storage: 'a "b" <c>\u{fffd}',
        relative_path: 'a',
      },
      results: [],
      error: null,
      destruction: null,
    });
    const failed = await jobs().create({ ...item, local_path_on_storage: 'none', phase: 'RUN' });
    await jobs().ended(failed);
    expect(await read(failed)).toMatchObject({
      phase: 'ERROR',
      error: ['fatal', 'Source path does not exist: none'],
    });
    const long = await jobs().create({ ...item, local_path_on_storage: 'large', phase: 'RUN' });
    expect(await read(long)).toMatchObject({ phase: 'EXECUTING', results: [] });
    await jobs().post(`${long}/phase`, { PHASE: 'ABORT' });
    expect(await read(long)).toMatchObject({ phase: 'ABORTED' });
    const done = await jobs().create({ ...item, local_path_on_storage: 'small', phase: 'RUN' });
    await jobs().ended(done);
    expect(await read(done)).toMatchObject({ phase: 'COMPLETED', results: ['result'], error: null });
  });

  test('read the list of jobs, and an empty one', async () => {
    const [first, second] = [await jobs().create({ username: 'cid' }), await jobs().create({})];
    expect(await askUwsClient(pyvo, 'list', `${jobs().url}?PHASE=PENDING&LAST=2`)).toEqual([second, first]);
    expect(await askUwsClient(pyvo, 'list', `${jobs().url}?PHASE=HELD`)).toEqual([]);
  });
});
