import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, provideDatabase } from './databaseUnderTest.ts';

const megabytes = 4 * 2 ** 20;

/** Requests may contain anything, and are recorded in any case. */
export function testHostileTexts(database: DatabaseUnderTest): void {
  const { open } = provideDatabase(database);
  let repository: OperationRecord;
  beforeAll(async () => {
    repository = await open();
  });

  test.each([
    ['megabytes', 'x'.repeat(megabytes)],
    ['megabytes of four-byte characters', '🔭'.repeat(megabytes / 4)],
    ['megabytes of characters that grow when they are cut', `x${'🔭'.repeat(megabytes / 4)}`],
    ['NUL', 'a\0b'],
    ['lone surrogates', '\ud800 \udc00'],
    ['SQL', `'; DROP TABLE staging_operations; -- " \\' \\`],
    ['line ends and controls', 'a\r\n\t\x1b[2J\x7f\u2028'],
    ['nothing', ''],
  ])('%s', async (_name, text) => {
    const everywhere = {
      method: text,
      username: text,
      localPathOnStorage: text,
      relativePath: text,
      requestId: text,
    };
    const created = await repository.create(everywhere);
    expect(await repository.find(created.id, theService)).toEqual(created);
    const failure = { phase: 'ERROR', errorCode: 'INVALID_METHOD', errorReason: text } as const;
    const failed = await repository.fail(created.id, failure);
    expect(failed.errorReason?.slice(0, 1)).toBe(created.method?.slice(0, 1));
    const { operations } = await repository.list({ username: text, method: text }, { limit: 1 }, theService);
    expect(operations).toEqual([failed]);
  });

  test('an ordinary text is kept unchanged', async () => {
    const path = `/Ω/${'d'.repeat(4000)}/🔭 é`;
    const created = await repository.create({
      method: null,
      username: null,
      localPathOnStorage: path,
      relativePath: path,
      requestId: null,
    });
    expect(created).toMatchObject({ localPathOnStorage: path, relativePath: path, username: null });
    expect(await repository.find(created.id, theService)).toEqual(created);
  });
}
