import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { readEntries, repository, runProgram, withLogDirectory } from './logFixture.ts';

const program = (logFile: object, work: string) => `
  import { createLogger } from '${repository}/shared/logging/logger.ts';
  const { logger, close } = createLogger({ loggingLevel: 'INFO', logFile: ${JSON.stringify(logFile)} });
  ${work}
  await close();
`;

describe('the terminal', () => {
  test('that is a pipe gets JSON lines', () =>
    withLogDirectory(async ({ logFile }, directory) => {
      const { stdout, stderr } = await runProgram(
        directory,
        program(logFile, `logger.info({ a: 1 }, 'copied');`),
      );
      expect(JSON.parse(stdout)).toMatchObject({ level: 'INFO', msg: 'copied', a: 1 });
      expect(stdout).toBe(await readFile(logFile.path, 'utf8'));
      expect(stderr).toBe('');
    }));

  test('that is interactive gets readable text, with colours and without foreign escapes', () =>
    withLogDirectory(async ({ logFile }, directory) => {
      const work = `logger.error({ path: 'a\\u001b[2J' }, 'not copied');`;
      const asTerminal = (node: string) =>
        `env -u CI -u NO_COLOR TERM=xterm-256color script -qec "${node}" /dev/null`;
      const { stdout } = await runProgram(directory, program(logFile, work), asTerminal);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is tested
      expect(stdout).toMatch(/^\d{4}-\d\d-\d\d [\d:.]{12} \u001b\[31mERROR\u001b\[39m not copied path=/);
      expect(stdout).toContain('a\\u001b[2J');
      expect(await readEntries(logFile.path)).toMatchObject([{ level: 'ERROR', msg: 'not copied' }]);
    }));

  test('gets no colours with NO_COLOR', () =>
    withLogDirectory(async ({ logFile }, directory) => {
      const asTerminal = (node: string) => `NO_COLOR=1 script -qec "${node}" /dev/null`;
      const { stdout } = await runProgram(directory, program(logFile, `logger.info('copied');`), asTerminal);
      expect(stdout).not.toContain('\u001b');
      expect(stdout).toMatch(/ INFO {2}copied\r?\n$/);
    }));

  test.each([
    ['a closed pipe', (node: string) => `${node} | true`],
    ['a full disk', (node: string) => `${node} > /dev/full`],
  ])('that is %s does not end the service, and the log file still gets all lines', (_, toCommand) =>
    withLogDirectory(async ({ logFile }, directory) => {
      const work = `for (let i = 0; i < 2000; i += 1) { logger.info({ i }); if (i % 100 === 0) await new Promise(setImmediate); }`;
      const { stderr } = await runProgram(directory, program(logFile, work), toCommand);
      expect(stderr).toBe('');
      expect(await readEntries(logFile.path)).toHaveLength(2000);
    }),
  );

  test('still gets all lines when the disk of the log file is full, which is reported once', () =>
    withLogDirectory(async ({ logFile }, directory) => {
      const work = `for (let i = 0; i < 2000; i += 1) { logger.info({ i }); if (i % 100 === 0) await new Promise(setImmediate); }`;
      // A process whose files cannot grow beyond 16 KiB gets the same kind of error as on a full disk.
      const withLimit = (node: string) => `ulimit -f 16; ${node} | cat`;
      const { stdout, stderr } = await runProgram(directory, program(logFile, work), withLimit);
      const lines = stdout.trimEnd().split('\n');
      expect(stderr).toBe('');
      expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
      expect(lines).toHaveLength(2001);
    }));
});
