import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Secret } from '../../../shared/config/secret.ts';
import { setOperationId, withLogContext } from '../../../shared/logging/logContext.ts';
import { createLogger } from '../../../shared/logging/logger.ts';
import { readEntries, rememberingTerminal, withLogDirectory } from './logFixture.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the logger', () => {
  test('writes the same JSON lines to the terminal and to the file', () =>
    withLogDirectory(async (config) => {
      const terminal = rememberingTerminal();
      const { logger, close } = createLogger(config, terminal);
      logger.info({ bytes: 3 }, 'copied %s', 'a.fits');
      await close();
      expect(await readEntries(config.logFile.path)).toEqual([
        {
          level: 'INFO',
          time: expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/),
          bytes: 3,
          msg: 'copied a.fits',
        },
      ]);
      expect(terminal.written.join('')).toBe(await readFile(config.logFile.path, 'utf8'));
    }));

  test.each([
    ['DEBUG', ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'ERROR']],
    ['INFO', ['INFO', 'WARNING', 'ERROR', 'ERROR']],
    ['WARNING', ['WARNING', 'ERROR', 'ERROR']],
    ['ERROR', ['ERROR', 'ERROR']],
  ] as const)('LOGGING_LEVEL=%s logs %j', (loggingLevel, levels) =>
    withLogDirectory(async (config) => {
      const { logger, close } = createLogger({ ...config, loggingLevel }, rememberingTerminal());
      for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level]('x');
      await close();
      expect((await readEntries(config.logFile.path)).map(({ level }) => level)).toEqual(levels);
    }),
  );

  test('puts the ids of request and operation on every line of a request', () =>
    withLogDirectory(async (config) => {
      const { logger, close } = createLogger(config, rememberingTerminal());
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          withLogContext({ requestId: `r${index}` }, async () => {
            logger.info({ index }, 'before');
            await new Promise(setImmediate);
            setOperationId(`o${index}`);
            logger.child({ method: 'local_copy' }).info({ index }, 'after');
          }),
        ),
      );
      logger.info('outside');
      await close();
      const entries = await readEntries(config.logFile.path);
      expect(entries).toHaveLength(201);
      const before = entries.filter(({ msg }) => msg === 'before');
      expect(
        before.every((entry) => entry.request_id === `r${entry.index}` && !('operation_id' in entry)),
      ).toBe(true);
      const after = entries.filter(({ msg }) => msg === 'after');
      expect(
        after.every(
          (entry) => entry.request_id === `r${entry.index}` && entry.operation_id === `o${entry.index}`,
        ),
      ).toBe(true);
      expect(entries.at(-1)).not.toHaveProperty('request_id');
    }));

  test('writes errors with stack and causes, under err or given alone', () =>
    withLogDirectory(async (config) => {
      const { logger, close } = createLogger(config, rememberingTerminal());
      const error = new Error('upper', { cause: new Error('lower') });
      logger.error(error);
      logger.error({ err: error }, 'failed');
      await close();
      const err = { message: 'upper', stack: expect.stringContaining('at '), cause: { message: 'lower' } };
      expect(await readEntries(config.logFile.path)).toMatchObject([
        { msg: 'upper', err },
        { msg: 'failed', err },
      ]);
    }));

  test('writes no secret to the terminal or the file', () =>
    withLogDirectory(async (config) => {
      const terminal = rememberingTerminal();
      const { logger, close } = createLogger({ ...config, loggingLevel: 'DEBUG' }, terminal);
      const url = 'mysql://root:hunter2@db/staging';
      const error = Object.assign(new Error(`connect ${url}`, { cause: new Error('GET /?token=hunter2') }), {
        password: 'hunter2',
        url,
      });
      error.stack += '\n at jupyter_token=hunter2';
      logger.info(
        { secret: new Secret('hunter2'), plain: new Secret('hunter2') },
        `${new Secret('hunter2')}`,
      );
      logger.info({ config: { databaseUrl: new Secret(url), jupyterHub: { token: 'hunter2' } } });
      logger.info('%s %o %j', new Secret('hunter2'), { token: 'hunter2' }, { jupyter_token: 'hunter2' });
      logger.info({
        headers: { authorization: 'token hunter2', cookie: 'a=hunter2' },
        query: { jupyter_token: 'hunter2' },
      });
      logger.child({ token: 'hunter2', url }).debug(`asked ${url}`);
      logger.error(error);
      logger.error({ err: new AggregateError([error]), cause: error, error }, error.message);
      await close();
      expect(terminal.written.length).toBeGreaterThanOrEqual(7);
      expect(terminal.written.join('')).not.toContain('hunter2');
      expect(await readFile(config.logFile.path, 'utf8')).not.toContain('hunter2');
    }));
});

describe('the log file', () => {
  test('rotates by size: the current file keeps its name, older ones count up, the oldest are deleted, no line is lost or split', () =>
    withLogDirectory(async (config, directory) => {
      const logFile = { ...config.logFile, maxBytes: 10_000 };
      const { logger, close } = createLogger({ ...config, logFile }, rememberingTerminal());
      for (let index = 0; index < 500; index += 1) logger.info({ index, padding: 'x'.repeat(100) });
      await close();
      expect((await readdir(directory)).sort()).toEqual([
        'service.log',
        'service.log.1',
        'service.log.2',
        'service.log.3',
      ]);
      expect((await stat(`${logFile.path}.1`)).size).toBeLessThan(10_500);
      const files = ['.3', '.2', '.1', ''].map((suffix) => readEntries(logFile.path + suffix));
      const indexes = (await Promise.all(files)).flat().map(({ index }) => Number(index));
      expect(indexes).toEqual(indexes.map((_, position) => 500 - indexes.length + position));
    }));

  test('is continued after a restart, in directories that are created if missing', () =>
    withLogDirectory(async (config, directory) => {
      const logFile = { ...config.logFile, path: join(directory, 'a/b/service.log') };
      for (const run of [1, 2]) {
        const { logger, close } = createLogger({ ...config, logFile }, rememberingTerminal());
        logger.info({ run });
        await close();
      }
      expect(await readEntries(logFile.path)).toMatchObject([{ run: 1 }, { run: 2 }]);
      expect((await stat(logFile.path)).mode & 0o007).toBe(0);
    }));

  test('that cannot be written is reported, the terminal still gets all lines, and writing is retried later', () =>
    withLogDirectory(async (config) => {
      await mkdir(config.logFile.path);
      const terminal = rememberingTerminal();
      const { logger, close } = createLogger(config, terminal);
      logger.info('one');
      expect(JSON.parse(await terminal.line('cannot be written'))).toMatchObject({
        level: 'ERROR',
        log_file: config.logFile.path,
        err: { message: expect.stringContaining('not a file') },
      });
      logger.info('two');
      await rmdir(config.logFile.path);
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      logger.info('three');
      await close();
      expect(terminal.written).toHaveLength(4);
      expect(await readEntries(config.logFile.path)).toMatchObject([{ msg: 'three' }]);
    }));

  test('is reported once, for any number of retries', () =>
    withLogDirectory(async (config) => {
      await mkdir(config.logFile.path);
      const terminal = rememberingTerminal();
      const { logger, close } = createLogger(config, terminal);
      logger.info('one');
      await terminal.line('cannot be written');
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      logger.info('two');
      await close();
      expect(terminal.written).toHaveLength(3);
    }));

  test('closes even if it cannot be opened, also repeatedly, and accepts no line afterwards', () =>
    withLogDirectory(async (config, directory) => {
      await writeFile(join(directory, 'file'), '');
      const logFile = { ...config.logFile, path: join(directory, 'file/service.log') };
      const terminal = rememberingTerminal();
      const { logger, close } = createLogger({ ...config, logFile }, terminal);
      await createLogger(config, terminal).close();
      logger.info('one');
      await close();
      await close();
      logger.info('two');
      expect(terminal.written.filter((line) => line.includes('"msg":"two"'))).toHaveLength(1);
    }));
});
