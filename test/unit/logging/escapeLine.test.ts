import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { escapeLine } from '../../../shared/logging/logger.ts';
import { repository, runProgram, withLogDirectory } from './logFixture.ts';

const hostile = 'a\u009b31mb \u0085 \u007f \u202eright\u2066 \u200d \ufeff \u2028\u2029 \u{e0041} end';

test('a line of JSON has the same content, and nothing that controls a terminal', () => {
  const line = `${JSON.stringify({ msg: hostile, path: '/data/観測/Ñandú🔭' })}\n`;
  const escaped = escapeLine(line);
  expect(escaped.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  expect(escaped).toContain('\\u009b31m');
  expect(escaped).toContain('/data/観測/Ñandú🔭');
  expect(JSON.parse(escaped)).toEqual(JSON.parse(line));
  expect(escaped.endsWith('}\n')).toBe(true);
});

test('the log file and a pipe get such lines', () =>
  withLogDirectory(async ({ logFile }, directory) => {
    const program = `
      import { createLogger } from '${repository}/shared/logging/logger.ts';
      const { logger, close } = createLogger({ loggingLevel: 'INFO', logFile: ${JSON.stringify(logFile)} });
      logger.info({ path: ${JSON.stringify(hostile)} }, ${JSON.stringify(hostile)});
      await close();
    `;
    const { stdout } = await runProgram(directory, program);
    for (const line of [stdout, await readFile(logFile.path, 'utf8')]) {
      expect(line.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(JSON.parse(line)).toMatchObject({ msg: hostile, path: hostile });
    }
  }));
