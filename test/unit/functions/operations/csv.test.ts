import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CsvExport, collectCsv, streamCsv } from '../../../../functions/operations/csv.ts';
import { Secret } from '../../../../shared/config/secret.ts';
import { theService } from '../../../../shared/model/caller.ts';
import { openRecord } from '../../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../../shared/record/operationRecord.ts';
import { migrationsDirectory, request } from '../../../contracts/record/request.ts';

let directory: string;
let operations: OperationRecord;
const ids: string[] = [];
/** From the largest to the smallest; the others have no known size. */
const sized: string[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csv-'));
  operations = await openRecord(new Secret(`file:${directory}/staging.db`), { migrationsDirectory });
  for (let index = 0; index < 1203; index += 1) ids.push((await operations.create(request)).id);
  sized.push(...ids.filter((_, index) => index % 2 === 0));
  await operations.recordProgress(new Map(sized.map((id, index) => [id, { bytesTotal: 5000 - index }])));
});
afterAll(async () => {
  await operations.close();
  await rm(directory, { recursive: true });
});

const wanted = (more: Partial<CsvExport> = {}): CsvExport => ({
  operations,
  site: { notebookPath: undefined, userAreaUrl: undefined, notebookServerUrl: undefined },
  filter: {},
  viewer: theService,
  order: 'oldest',
  cursor: undefined,
  signal: new AbortController().signal,
  ...more,
});
const unlimited = { bytes: Number.POSITIVE_INFINITY, timeMs: Number.POSITIVE_INFINITY };
const idsOf = (text: string) =>
  text
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.slice(0, 36));

test('a stream contains every operation once, in order, page after page', async () => {
  const texts: string[] = [];
  for await (const text of streamCsv(wanted())) texts.push(text);
  expect(texts).toHaveLength(3);
  expect(idsOf(texts.join(''))).toEqual(ids);
});

test.each([
  ['oldest', () => ids],
  ['largest', () => [...sized, ...ids.filter((id) => !sized.includes(id)).toReversed()]],
] as const)(
  'parts of a bounded size, each with the cursor of the next, contain everything: the %s first',
  async (order, expected) => {
    const read: string[] = [];
    let cursor: string | undefined;
    for (let part = 0; part < 50; part += 1) {
      const { text, next } = await collectCsv(wanted({ cursor, order }), {
        ...unlimited,
        bytes: 20_000,
      });
      expect(text.length).toBeLessThanOrEqual(20_000);
      read.push(...idsOf(text));
      if (!next) break;
      cursor = next.cursor ?? undefined;
    }
    expect(read).toEqual(expected());
  },
);

test('a part ends after the first page when its time is over, and the next part continues from there', async () => {
  const first = await collectCsv(wanted(), { ...unlimited, timeMs: 0 });
  expect(idsOf(first.text)).toEqual(ids.slice(0, 500));
  const rest = await collectCsv(wanted({ cursor: first.next?.cursor ?? undefined }), unlimited);
  expect(idsOf(rest.text)).toEqual(ids.slice(500));
  expect(rest.next).toBeNull();
});

test('nothing more is read for a disconnected client', async () => {
  const client = new AbortController();
  const texts = streamCsv(wanted({ signal: client.signal }));
  expect((await texts.next()).done).toBe(false);
  client.abort();
  expect((await texts.next()).done).toBe(true);
});
