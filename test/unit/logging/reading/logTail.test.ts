import { appendFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import type { LogFile } from '../../../../shared/config/config.ts';
import { createLogger } from '../../../../shared/logging/logger.ts';
import type { LogPosition } from '../../../../shared/logging/reading/logFiles.ts';
import {
  createLogTail,
  type LogLine,
  type LogReader,
  type LogTail,
  openLogReader,
} from '../../../../shared/logging/reading/logReader.ts';
import { waitFor } from '../../../contracts/waitFor.ts';
import { rememberingTerminal, withLogDirectory } from '../logFixture.ts';

const silent = pino({ level: 'silent' });
const textOf = ({ bytes }: LogLine) => bytes.toString();

async function readAll(reader: LogReader | undefined): Promise<string[]> {
  const read: string[] = [];
  for await (const lines of reader?.read() ?? []) read.push(...lines.map(textOf));
  return read;
}

/** Runs the test with a tail, and closes it. */
async function withTail(logFile: LogFile, test: (tail: LogTail) => Promise<void>): Promise<void> {
  const tail = createLogTail(logFile, silent);
  try {
    await test(tail);
  } finally {
    await tail.close();
  }
}

/** Follows the tail from its current position on; all notified lines are in the list. */
async function follow(tail: LogTail): Promise<LogLine[]> {
  const heard: LogLine[] = [];
  const listener = (lines: readonly LogLine[]) => void heard.push(...lines);
  let place: LogPosition | undefined;
  for (let end = await tail.follow(listener, place); end !== 'following'; ) {
    place = end;
    end = await tail.follow(listener, place);
  }
  return heard;
}

test('every listener gets each line as soon as it is complete', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, 'old\nha');
    await withTail(logFile, async (tail) => {
      const [one, two] = [await follow(tail), await follow(tail)];
      await appendFile(logFile.path, 'lf\nnext\nunfini');
      await waitFor(async () => one.length === 2);
      expect(one.map(textOf)).toEqual(['half', 'next']);
      expect(two).toEqual(one);
      await appendFile(logFile.path, 'shed\n');
      await waitFor(async () => one.length === 3);
      expect(one.map(textOf)).toEqual(['half', 'next', 'unfinished']);
    });
  }));

test('a listener that joins in the moment of a poll without listeners gets the next line', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, 'old\n');
    await withTail(logFile, async (tail) => {
      const heard: LogLine[] = [];
      const listener = (lines: readonly LogLine[]) => void heard.push(...lines);
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      try {
        const end = await tail.follow(listener, undefined);
        if (end === 'following') throw new Error('It follows before it has read the log.');
        const joined = tail.follow(listener, end);
        jest.runOnlyPendingTimers();
        expect(await joined).toBe('following');
      } finally {
        jest.useRealTimers();
      }
      await appendFile(logFile.path, 'new\n');
      await tail.follow(() => undefined, undefined);
      expect(heard.map(textOf)).toEqual(['new']);
    });
  }));

test('a log that is created later is read from its beginning', () =>
  withLogDirectory(async ({ logFile }) => {
    await withTail(logFile, async (tail) => {
      const heard = await follow(tail);
      await writeFile(logFile.path, 'first\n');
      await waitFor(async () => heard.length === 1);
      expect(heard.map(textOf)).toEqual(['first']);
    });
  }));

test('a log that is truncated is read from its new beginning', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, 'a long line of old\n');
    await withTail(logFile, async (tail) => {
      const heard = await follow(tail);
      await truncate(logFile.path);
      await appendFile(logFile.path, 'new\n');
      await waitFor(async () => heard.length === 1);
      expect(heard.map(textOf)).toEqual(['new']);
    });
  }));

test('under rotations and writes at full speed no line is missed or repeated', () =>
  withLogDirectory(async (config) => {
    const logFile = { ...config.logFile, maxBytes: 10_000, kept: 50 };
    const { logger, close } = createLogger({ ...config, logFile }, rememberingTerminal());
    logger.info({ n: -1 });
    await waitFor(async () => (await stat(logFile.path).catch(() => undefined)) !== undefined);
    await withTail(logFile, async (tail) => {
      const heard = await follow(tail);
      for (let turn = 0; turn < 20; turn += 1) {
        for (let index = 0; index < 100; index += 1) logger.info({ n: turn * 100 + index });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await close();
      const numbers = () =>
        heard.map((line) => Number(JSON.parse(textOf(line)).n)).filter((number) => number >= 0);
      await waitFor(async () => numbers().at(-1) === 1999);
      expect(numbers()).toEqual(Array.from({ length: 2000 }, (_, index) => index));
    });
  }));

test('a reader resumes after any line, across rotations', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, 'one\ntwo\nthree\n');
    await withTail(logFile, async (tail) => {
      const heard = await follow(tail);
      await appendFile(logFile.path, 'four\nfive\n');
      await waitFor(async () => heard.length === 2);
      await rename(logFile.path, `${logFile.path}.1`);
      await writeFile(logFile.path, 'six\n');
      await waitFor(async () => heard.length === 3);
      await rename(`${logFile.path}.1`, `${logFile.path}.2`);
      await rename(logFile.path, `${logFile.path}.1`);
      await writeFile(logFile.path, 'seven\n');
      const rest = async (line: LogLine | undefined) => {
        const reader = await openLogReader(logFile, line?.position);
        const read = await readAll(reader);
        await reader?.close();
        return read;
      };
      expect(await rest(heard[0])).toEqual(['five', 'six', 'seven']);
      expect(await rest(heard[1])).toEqual(['six', 'seven']);
      expect(await rest(heard[2])).toEqual(['seven']);
    });
  }));

test('a position outside the log, or within a line, is refused', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, 'one\ntwo\n');
    const reader = await openLogReader(logFile);
    const place = reader?.position ?? { file: '', offset: 0 };
    await reader?.close();
    expect(place.offset).toBe(8);
    for (const offset of [5, 9, 10 ** 9])
      expect(await openLogReader(logFile, { ...place, offset })).toBeUndefined();
    expect(await openLogReader(logFile, { ...place, file: '1-1' })).toBeUndefined();
  }));

test('an over-long line is truncated, and the next one is complete', () =>
  withLogDirectory(async ({ logFile }) => {
    await writeFile(logFile.path, '');
    await withTail(logFile, async (tail) => {
      const heard = await follow(tail);
      await appendFile(logFile.path, `${'x'.repeat(300_000)}\nnext\n`);
      await waitFor(async () => heard.length === 2);
      expect(heard.map(({ bytes }) => bytes.length)).toEqual([65_536, 4]);
    });
  }));
