import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { operationSchema } from '../../shared/http/contract/answers/operations.ts';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';
import { waitFor } from './waitFor.ts';

/** New attempts of operations that have ended. */
export function retryContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const source = (name: string) => join(service().sourceStorage, name);
  const target = (...names: string[]) => join(service().userAreas, ...names);
  const retry = (id: string) => client().post(`/operations/${id}/retry`, '');
  async function failed(name: string, username = 'rita'): Promise<string> {
    const answer = await client().stage('local_copy', name, name, username);
    return answer.problem().operation_id ?? '';
  }
  const whenEnded = (id: string) =>
    waitFor(async () => !['QUEUED', 'EXECUTING'].includes((await client().operation(id)).phase));

  test('a failed operation is retried on the same record, and its error is cleared', async () => {
    const id = await failed('late');
    expect(await client().operation(id)).toMatchObject({
      error_code: 'SOURCE_NOT_FOUND',
      error_class: 'permanent',
      remedy: expect.stringContaining('GET /browse'),
      retryable: true,
      attempts: 1,
    });
    await writeFile(source('late'), 'here now');
    const answer = await retry(id);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/operations/${id}`]);
    expect(operationSchema.parse(JSON.parse(answer.text))).toMatchObject({
      id,
      phase: 'QUEUED',
      error_code: null,
      finished_at: null,
      retryable: false,
    });
    await whenEnded(id);
    expect(await client().operation(id)).toMatchObject({
      phase: 'COMPLETED',
      outcome: 'staged',
      attempts: 2,
      error_code: null,
      error_class: null,
      error_reason: null,
      remedy: null,
    });
    expect(await readFile(target('rita', 'late'), 'utf8')).toBe('here now');
    expect(await client().operations('&username=rita')).toHaveLength(1);
  });

  test('an attempt that fails again is recorded, and can be retried', async () => {
    const id = await failed('never', 'nora');
    for (const attempts of [2, 3]) {
      expect((await retry(id)).status).toBe(202);
      await whenEnded(id);
      expect(await client().operation(id)).toMatchObject({ phase: 'ERROR', attempts, retryable: true });
    }
  });

  test('of ten concurrent retries one starts an attempt, and the others are refused', async () => {
    const id = await failed('contested', 'carl');
    await writeFile(source('contested'), 'x');
    const answers = await Promise.all(Array.from({ length: 10 }, () => retry(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)]);
    const codes = answers.filter(({ status }) => status === 409).map((answer) => answer.problem().code);
    expect(['OPERATION_NOT_ENDED', 'NOT_RETRYABLE']).toEqual(expect.arrayContaining([...new Set(codes)]));
    await whenEnded(id);
    expect(await client().operation(id)).toMatchObject({ phase: 'COMPLETED', attempts: 2 });
  });

  test.each([
    ['was completed', 'local_copy', 'present', 'present'],
    ['was a download', 'direct_download', 'absent', 'absent'],
    ['named no method', 'teleport', 'present', 'present'],
    ['led outside', 'local_copy', '../present', 'present'],
  ])('an operation that %s cannot be retried', async (_title, method, from, to) => {
    await writeFile(source('present'), 'x');
    await mkdir(target('nick'), { recursive: true });
    await client().stage(method, from, to, 'nick');
    const [operation] = await client().operations('&username=nick');
    expect(operation).toMatchObject({ retryable: false });
    const answer = await retry(operation?.id ?? '');
    expect([answer.status, answer.problem().code]).toEqual([409, 'NOT_RETRYABLE']);
    expect(answer.problem().operation_id).toBe(operation?.id);
    expect(await client().operation(operation?.id ?? '')).toEqual(operation);
  });

  test('a request with an invalid digest is not executed without it', async () => {
    const body = { local_path_on_storage: 'present', relative_path: 'unchecked', sha256: 'short' };
    const { operation_id: id } = (await client().post('/stage/local?username=nick', body)).problem();
    expect((await retry(id ?? '')).problem().code).toBe('NOT_RETRYABLE');
  });

  test('an unknown operation cannot be retried, and the path accepts only POST', async () => {
    const unknown = '01a209e7-8b77-7024-8304-cbb11471d800';
    expect((await retry(unknown)).problem().code).toBe('OPERATION_NOT_FOUND');
    const answer = await client().get(`/operations/${unknown}/retry`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
}
