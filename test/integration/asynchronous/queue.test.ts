import { expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { startStagingService } from '../../services/staging/stagingService.ts';
import { scrape } from '../metrics/scrape.ts';
import { serviceWithSources } from './serviceWithSources.ts';

const started = serviceWithSources({ CONCURRENCY: '1', SHUTDOWN_TIMEOUT: '0' });

const smallFiles = 500;
const client = () => clientOf(started().service.url);
const abort = (id: string) => fetch(`${started().service.url}/operations/${id}`, { method: 'DELETE' });

async function begin(username: string, source: string, target: string): Promise<string> {
  const body = { local_path_on_storage: source, relative_path: target };
  const headers = { prefer: 'respond-async' };
  const answer = await client().post(`/stage/local?username=${username}`, body, headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}

test('while hundreds of operations of one user are queued, the record answers, one is aborted immediately, and another user is next', async () => {
  const large: string[] = [];
  for (let index = 0; index < 4; index += 1) large.push(await begin('ann', 'large', `large-${index}`));
  const atOnce = pLimit(20);
  const small = await Promise.all(
    Array.from({ length: smallFiles }, (_, index) => atOnce(() => begin('ann', 'small', `small-${index}`))),
  );
  const ofBob = await begin('bob', 'small', 'small');

  const { sum } = await scrape(started().service.url);
  expect(sum('staging_operations_queued', { method: 'local_copy' })).toBeGreaterThanOrEqual(smallFiles);
  expect(sum('staging_operations_running')).toBe(1);
  expect(sum('staging_operation_oldest_queued_seconds')).toBeGreaterThan(0);
  expect((await client().get('/operations?phase=QUEUED&limit=200')).status).toBe(200);
  const unwanted = small.at(-1) ?? '';
  expect((await abort(unwanted)).status).toBe(200);
  expect(await client().operation(unwanted)).toMatchObject({ phase: 'ABORTED', started_at: null });

  await Promise.all(large.map(abort));
  await waitFor(async () => (await client().operation(ofBob)).phase === 'COMPLETED');
  expect(await started().service.stop()).toBe(0);

  const again = await startStagingService(started().directory, { FUNCTIONS: 'operations' });
  try {
    const operations = await clientOf(again.url).operations();
    expect(operations).toHaveLength(large.length + smallFiles + 1);
    // Queued operations are kept for processes that can run them, which this one cannot.
    const byPhase = (wanted: string) => operations.filter(({ phase }) => phase === wanted);
    expect(byPhase('QUEUED').length).toBeGreaterThan(0);
    expect(byPhase('QUEUED')).toEqual(byPhase('QUEUED').map((one) => ({ ...one, started_at: null })));
    expect(byPhase('EXECUTING')).toEqual([]);
    expect(byPhase('ERROR').length).toBeLessThanOrEqual(1);
    const { created_at, started_at } = operations.find(({ id }) => id === ofBob) ?? {};
    const before = operations.filter(
      (one) => one.id !== ofBob && one.started_at !== null && one.started_at <= (started_at ?? ''),
    );
    const meanwhile = before.filter((one) => (one.started_at ?? '') > (created_at ?? ''));
    expect(meanwhile.length).toBeLessThanOrEqual(1);
  } finally {
    await again.kill();
  }
});
