import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { operationSchema, stagedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

/** In the service a minute takes three seconds. */
const fastClock = `
  const { now } = Date;
  const start = now();
  const fast = () => start + (now() - start) * 20;
  globalThis.Date = class extends Date {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(fast());
    }
    static now = fast;
  };
`;
const started = serviceWithSources({
  BANDWIDTH_LIMIT: '',
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(fastClock)}`,
});

test('data with a lifetime of a minute stays for a minute, and is then removed', async () => {
  const client = clientOf(started().service.url);
  const body = { local_path_on_storage: 'small', relative_path: 'minute', lifetime: 60 };
  const answer = await client.post('/stage_data?method=local_copy&username=ann', body);
  const { id, finished_at, expires_at } = stagedAnswerSchema.parse(JSON.parse(answer.text)).operation;
  // The clock advances between the two.
  expect(Math.round((Date.parse(expires_at ?? '') - Date.parse(finished_at ?? '')) / 1000)).toBe(60);
  const area = join(started().service.userAreas, 'ann');
  expect(await readdir(area)).toEqual(['minute']);
  const read = async () => operationSchema.parse(JSON.parse((await client.get(`/operations/${id}`)).text));
  await waitFor(async () => (await read()).removed_at !== null);
  const { removed_at, data } = await read();
  expect(Date.parse(removed_at ?? '')).toBeGreaterThanOrEqual(Date.parse(expires_at ?? ''));
  expect(data).toBe('expired');
  expect(await readdir(area)).toEqual([]);
});
