import { readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { batchSchema } from '../../../shared/http/contract/batches.ts';
import { operationPageSchema } from '../../../shared/http/contract/operations.ts';
import { waitFor } from '../../contracts/download.ts';
import { readEvent } from '../../services/lambdaFunction.ts';
import { type FunctionUnderTest, withFunction } from './withFunction.ts';

/** What a rule of EventBridge sends. */
const scheduled: object = JSON.parse(
  await readFile(new URL('../../fixtures/events/scheduled.json', import.meta.url), 'utf8'),
);

async function recorded({ startAnother }: FunctionUnderTest) {
  const answer = await startAnother('operations').invoke(await readEvent('operations'));
  return operationPageSchema.parse(JSON.parse(answer.bytes.toString())).operations;
}

/** Kills an instance of a function in the middle of a copy. */
async function killMeanwhile(underTest: FunctionUnderTest, name: string, event: object): Promise<void> {
  const { startAnother, addSource, directory } = underTest;
  await addSource('survey/notes.txt', '');
  // All holes: it takes no space at the source, and seconds to copy and digest.
  await truncate(join(directory, 'source_storage', 'survey', 'notes.txt'), 3 * 1024 ** 3);
  const instance = startAnother(name);
  const cut = instance.invoke(event).catch((error: unknown) => String(error));
  await waitFor(async () => (await partsIn(directory)).length > 0);
  await instance.kill();
  expect(await cut).toContain('ended without an answer');
}

async function partsIn(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'user_areas'), { recursive: true });
  return names.filter((name) => name.endsWith('.part'));
}

test('what an instance left behind that was ended is closed and removed at the next time of the schedule', () =>
  withFunction('batches', {}, async (underTest) => {
    const { send, directory, output } = underTest;
    // The first event of an instance closes what there is by itself, and this one is to be warm.
    await send(scheduled);
    await killMeanwhile(underTest, 'stageLocal', await readEvent('stageLocal'));
    expect(await recorded(underTest)).toMatchObject([{ phase: 'EXECUTING' }]);
    await send(scheduled);
    expect(await recorded(underTest)).toMatchObject([{ phase: 'ERROR', error_code: 'INTERRUPTED' }]);
    expect(await partsIn(directory)).toEqual([]);
    expect(output()).not.toContain('"level":"ERROR"');
  }));

test('a batch goes on at the next time of the schedule with what its instance had not begun', () =>
  withFunction('batches', {}, async (underTest) => {
    const { send, invoke, addSource, directory } = underTest;
    await send(scheduled);
    await addSource('survey/small.txt', 'Hello, sky\n');
    const body = Buffer.from(
      JSON.stringify({
        items: ['notes', 'small'].map((name) => ({
          local_path_on_storage: `survey/${name}.txt`,
          relative_path: `project/${name}.txt`,
        })),
      }),
    );
    const query = 'method=local_copy&username=alice';
    const order = await readEvent('batches', {
      method: 'POST',
      query,
      body,
      headers: { 'content-type': 'application/json' },
    });
    await killMeanwhile(underTest, 'batches', order);
    await send(scheduled);
    const list = await invoke(await readEvent('batches'));
    const [batch] = JSON.parse(list.bytes.toString()).batches;
    expect(batchSchema.parse(batch)).toMatchObject({ phase: 'ERROR' });
    expect(await partsIn(directory)).toEqual([]);
  }));

test('a function that runs no operations has nothing to look after', () =>
  withFunction('operations', {}, async ({ send, output }) => {
    await send(scheduled);
    expect(output()).not.toContain('"level":"ERROR"');
  }));
