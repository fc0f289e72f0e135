import { appendFile, rename, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { LogFile } from '../../../../shared/config/config.ts';
import { withLogContext } from '../../../../shared/logging/logContext.ts';
import { createLogger } from '../../../../shared/logging/logger.ts';
import { type LogQuery, maxLogLines, readLog } from '../../../../shared/logging/reading/readLog.ts';
import { rememberingTerminal, repository, runProgram, withLogDirectory } from '../logFixture.ts';

const read = (logFile: LogFile, query?: LogQuery) => collect(readLog(logFile, query));
const line = (fields: object) =>
  JSON.stringify({ level: 'INFO', time: '2026-11-23T19:00:00.123Z', ...fields });
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => line({ n: from + index }));
const asFile = (entries: string[]) => entries.map((entry) => `${entry}\n`).join('');

async function collect(log: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const entry of log) collected.push(entry);
  return collected;
}

describe('reading the log', () => {
  test('that does not exist yet', () =>
    withLogDirectory(async ({ logFile }) => expect(await read(logFile)).toEqual([])));

  test('that is empty', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(logFile.path, '');
      expect(await read(logFile)).toEqual([]);
    }));

  test.each([0, 1, 7, 999, 5000])('returns the newest %d lines, newest last', (limit) =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(logFile.path, asFile(lines(0, 3000)));
      expect(await read(logFile, { limit })).toEqual(lines(Math.max(0, 3000 - limit), 3000));
    }),
  );

  test('returns 1000 lines by default, and never more than 10,000', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(logFile.path, asFile(lines(0, 12_000)));
      expect(await read(logFile)).toEqual(lines(11_000, 12_000));
      expect(await read(logFile, { limit: 10 ** 6 })).toHaveLength(maxLogLines);
    }));

  test('continues in the older files, in order', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(`${logFile.path}.2`, asFile(lines(0, 10)));
      await writeFile(`${logFile.path}.1`, asFile(lines(10, 20)));
      await writeFile(logFile.path, asFile(lines(20, 25)));
      expect(await read(logFile)).toEqual(lines(0, 25));
      expect(await read(logFile, { limit: 12 })).toEqual(lines(13, 25));
    }));

  test('misses nothing during a rotation, while the current file does not exist', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(`${logFile.path}.1`, asFile(lines(0, 10)));
      expect(await read(logFile)).toEqual(lines(0, 10));
    }));

  test('a rotation while the lines are returned does not affect them', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(`${logFile.path}.1`, asFile(lines(0, 10)));
      await writeFile(logFile.path, asFile(lines(10, 20)));
      const log = readLog(logFile);
      const first = await log.next();
      await rename(`${logFile.path}.1`, `${logFile.path}.2`);
      await rename(logFile.path, `${logFile.path}.1`);
      await writeFile(logFile.path, asFile(lines(20, 30)));
      expect([first.value, ...(await collect(log))]).toEqual(lines(0, 20));
    }));

  test('under rotations and writes at full speed returns complete lines in order, none twice', () =>
    withLogDirectory(async (config) => {
      const logFile = { ...config.logFile, maxBytes: 10_000, kept: 5 };
      const { logger, close } = createLogger({ ...config, logFile }, rememberingTerminal());
      for (let turn = 0; turn < 100; turn += 1) {
        for (let index = 0; index < 50; index += 1) logger.info({ n: turn * 50 + index });
        const numbers = (await read(logFile)).map((entry) => Number(JSON.parse(entry).n));
        expect(numbers).toEqual(numbers.map((_, position) => (numbers[0] ?? 0) + position));
      }
      await close();
      expect(JSON.parse((await read(logFile)).at(-1) ?? '')).toMatchObject({ n: 4999 });
    }));

  test('filters by the least severe level; a line that is not ours counts as INFO', () =>
    withLogDirectory(async ({ logFile }) => {
      const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
      const all = [...levels.map((level) => line({ level })), 'plain text', '{"level":"ERROR","broken'];
      await writeFile(logFile.path, asFile(all));
      expect(await read(logFile, { level: 'DEBUG' })).toEqual(all);
      expect(await read(logFile, { level: 'INFO' })).toEqual(all.slice(1));
      expect(await read(logFile, { level: 'WARNING' })).toEqual([...all.slice(2, 4), all[5]]);
      expect(await read(logFile, { level: 'ERROR' })).toEqual([all[3], all[5]]);
    }));

  test('filters by the exact operation, together with level and limit', () =>
    withLogDirectory(async (config) => {
      const { logger, close } = createLogger(config, rememberingTerminal());
      withLogContext({ operationId: 'o1' }, () => logger.info('one'));
      withLogContext({ operationId: 'o12' }, () => logger.error('another'));
      withLogContext({ operationId: 'o1' }, () => logger.error('two'));
      logger.info({ operation: { operation_id: 'o1' } }, '"operation_id":"o1"');
      await close();
      const messages = async (query: LogQuery) =>
        (await read(config.logFile, query)).map((entry) => JSON.parse(entry).msg);
      expect(await messages({ operationId: 'o1' })).toEqual(['one', 'two']);
      expect(await messages({ operationId: 'o1', level: 'ERROR' })).toEqual(['two']);
      expect(await messages({ operationId: 'o1', limit: 1 })).toEqual(['two']);
      expect(await messages({ operationId: 'o' })).toEqual([]);
      expect(await messages({ operationId: '"\n' })).toEqual([]);
    }));

  test('an incomplete last line, empty lines and invalid UTF-8 are harmless', () =>
    withLogDirectory(async ({ logFile }) => {
      await writeFile(logFile.path, asFile(['', line({ n: 1 }), '', '']));
      await appendFile(logFile.path, Buffer.from([0xff, 0xfe, 0x0a]));
      await appendFile(logFile.path, '{"level":"INFO","time":"2026');
      expect(await read(logFile)).toEqual([line({ n: 1 }), '\ufffd\ufffd', '{"level":"INFO","time":"2026']);
    }));

  test('multi-byte characters at block boundaries stay intact', () =>
    withLogDirectory(async ({ logFile }) => {
      const all = Array.from({ length: 3000 }, (_, n) => line({ n, path: '観測'.repeat(n % 40) }));
      await writeFile(logFile.path, asFile(all));
      expect(await read(logFile, { limit: 3000 })).toEqual(all);
    }));

  test('over-long lines are truncated, and keep their level', () =>
    withLogDirectory(async ({ logFile }) => {
      const absurd = line({ level: 'ERROR', operation_id: 'o1', msg: 'x'.repeat(5_000_000) });
      await writeFile(logFile.path, asFile([line({ n: 1 }), absurd, line({ n: 2 })]));
      const [first, second, third] = await read(logFile);
      expect([first, third]).toEqual([line({ n: 1 }), line({ n: 2 })]);
      expect(second).toBe(absurd.slice(0, 65_536));
      expect(await read(logFile, { level: 'ERROR', operationId: 'o1' })).toEqual([second]);
    }));

  test('a reader that stops early leaves no file open', () =>
    withLogDirectory(async ({ logFile }, directory) => {
      await writeFile(logFile.path, asFile(lines(0, 10)));
      const program = `
        import { readdirSync } from 'node:fs';
        import { readLog } from '${repository}/shared/logging/reading/readLog.ts';
        const before = readdirSync('/proc/self/fd').length;
        for (let i = 0; i < 50; i += 1) for await (const line of readLog(${JSON.stringify(logFile)})) break;
        process.stdout.write(String(readdirSync('/proc/self/fd').length - before));
      `;
      expect(Number((await runProgram(directory, program)).stdout)).toBeLessThanOrEqual(1);
    }));

  test(
    '100 MB are searched with little more memory than 1 MB',
    () =>
      withLogDirectory(async ({ logFile }, directory) => {
        const peakKiB = async (megabytes: number) => {
          const block = asFile(Array.from({ length: 5000 }, (_, n) => line({ n, padding: 'x'.repeat(150) })));
          await writeFile(logFile.path, asFile([line({ level: 'ERROR' }), line({ operation_id: 'o1' })]));
          for (let written = 0; written < megabytes * 10 ** 6; written += block.length) {
            await appendFile(logFile.path, block);
          }
          const program = `
          import { readLog } from '${repository}/shared/logging/reading/readLog.ts';
          const found = [];
          for (const query of [{ level: 'ERROR' }, { operationId: 'o1' }, { limit: 10 }]) {
            for await (const line of readLog(${JSON.stringify(logFile)}, query)) found.push(line);
          }
          process.stdout.write(JSON.stringify([found.length, process.resourceUsage().maxRSS]));
        `;
          const [found, peak] = JSON.parse((await runProgram(directory, program)).stdout);
          expect(found).toBe(12);
          return Number(peak);
        };
        const small = await peakKiB(1);
        expect(await peakKiB(100)).toBeLessThan(small + 60_000);
      }),
    60_000,
  );
});
