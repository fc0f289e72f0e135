import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../../process/builtFile.ts';
import type { FilledStatement, SqlValue } from './statement.ts';
import { whyUnwritable } from './unwritable.ts';

/** What the thread is started with. */
export interface SqliteThreadData {
  readonly path: string;
  /** Run first, as most settings of SQLite apply per connection. */
  readonly pragmas: readonly string[];
}

/** The result of one statement: how many rows it changed, or why it failed. */
export type WriteOutcome =
  | { readonly changes: number }
  | {
      /** The name of SQLite's result code. */
      readonly code: string;
      readonly message: string;
    };

/** Everything that this process writes to a SQLite database. */
export interface SqliteWriter {
  /** Runs a statement; resolves when it is durable, with the number of rows that it changed. */
  execute(sql: string, values: readonly SqlValue[]): Promise<number>;
  /** Ends the thread when everything is written. */
  close(): Promise<void>;
}

interface Write {
  readonly statement: FilledStatement;
  resolve(changes: number): void;
  reject(error: unknown): void;
}

/** How many statements share a commit at most: another process may have to wait for it. */
const statementsPerCommit = 500;

/**
 * Writes in a thread, which waits for the disk. A statement that comes while a commit is under way is part of the next
 * one, with all others that came meanwhile; one that comes alone waits for nobody. The thread starts with the first.
 */
export function createSqliteWriter(data: SqliteThreadData): SqliteWriter {
  const waiting: Write[] = [];
  let committing: readonly Write[] = [];
  let thread: Worker | undefined;
  /** The end of the thread before. */
  let ended: Promise<unknown> | undefined;

  const start = () => {
    const started = new Worker(builtFile('sqliteThread'), { workerData: data });
    started.on('message', (outcomes: readonly WriteOutcome[]) => {
      const errors = outcomes.map((outcome) => ('code' in outcome ? sqliteError(outcome) : undefined));
      // The next one opens the file again, when that may be possible.
      if (errors.some((error) => whyUnwritable(error) !== undefined)) retire();
      settle(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome && 'changes' in outcome) resolve(outcome.changes);
        else reject(errors[index]);
      });
    });
    started.on('error', (error) => {
      thread = undefined;
      settle(({ reject }) => reject(error));
    });
    return started;
  };
  const retire = () => {
    if (!thread) return;
    ended = once(thread, 'exit');
    thread.postMessage('close');
    thread = undefined;
  };
  const settle = (end: (write: Write, index: number) => void) => {
    committing.forEach(end);
    committing = [];
    // An idle thread does not keep the process from ending.
    thread?.unref();
    commitNext();
  };
  const commitNext = () => {
    if (committing.length > 0 || waiting.length === 0) return;
    committing = waiting.splice(0, statementsPerCommit);
    thread ??= start();
    thread.ref();
    thread.postMessage(committing.map(({ statement }) => statement));
  };
  return {
    execute: (sql, values) =>
      new Promise((resolve, reject) => {
        waiting.push({ statement: { sql, values: values.map(toSqlite) }, resolve, reject });
        commitNext();
      }),
    async close() {
      while (thread && committing.length > 0) await once(thread, 'message');
      thread?.ref();
      retire();
      await ended;
    },
  };
}

let lastTime = { ms: 0, text: '' };

/** Times are written as Prisma writes them. Those of many rows are the same. */
export function toSqlite(value: SqlValue): SqlValue {
  if (!(value instanceof Date)) return value;
  const ms = value.getTime();
  if (ms !== lastTime.ms) lastTime = { ms, text: value.toISOString().replace('Z', '+00:00') };
  return lastTime.text;
}

/** Its cause is that of an error of Prisma's driver adapters, where the record looks for the kinds that matter to it. */
function sqliteError({ code, message }: { readonly code: string; readonly message: string }): Error {
  const isTaken = ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(code);
  const cause = { kind: isTaken ? 'UniqueConstraintViolation' : 'sqlite', code };
  return new Error(`${code}: ${message}`, { cause });
}
