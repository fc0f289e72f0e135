import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Config, LogFile } from '../../../shared/config/config.ts';

export const repository = resolve(import.meta.dirname, '../../..');

type LogConfig = Pick<Config, 'loggingLevel'> & { readonly logFile: LogFile };

/** Runs the test with a fresh directory and the settings of a log within it. */
export async function withLogDirectory(
  test: (config: LogConfig, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'logging-'));
  try {
    await test(
      { loggingLevel: 'INFO', logFile: { path: join(directory, 'service.log'), maxBytes: 10 ** 7, kept: 3 } },
      directory,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A terminal that records its output; `line` waits for the first line that contains the text. */
export function rememberingTerminal() {
  const written: string[] = [];
  const changes = new EventEmitter();
  const write = (line: string): void => {
    written.push(line);
    changes.emit('line');
  };
  const line = async (text: string): Promise<string> => {
    const found = written.find((one) => one.includes(text));
    if (found) return found;
    await once(changes, 'line');
    return line(text);
  };
  return { written, write, line };
}

/** The entries of a log file, parsed. */
export async function readEntries(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
}

/** Runs the program text in a separate Node.js process, by the shell command from `toCommand`. */
export async function runProgram(
  directory: string,
  program: string,
  toCommand: (node: string) => string = (node) => node,
): Promise<{ stdout: string; stderr: string }> {
  const path = join(directory, 'program.mjs');
  await writeFile(path, program);
  const command = toCommand(`'${process.execPath}' --import tsx '${path}'`);
  return await promisify(execFile)('bash', ['-c', command], { cwd: repository, maxBuffer: 10 ** 8 });
}
