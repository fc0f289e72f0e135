import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../../../process/build.ts';
import { whyUnwritable } from '../driverError.ts';
import type { FilledStatement, SqlValue } from '../sqlSession.ts';

/** The options of the thread. */
export interface SqliteThreadData {
  readonly path: string;
  /** Run first, because most settings of SQLite apply per connection. */
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

/** The writer of a SQLite database, for all writes of this process. */
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

/** The maximum number of statements in a commit: another process may have to wait for it. */
const statementsPerCommit = 500;

/**
 * Writes in a thread, which waits for the disk. Statements that arrive during a commit share the next one; a single
 * statement is committed immediately. The thread starts with the first statement.
 */
export function createSqliteWriter(data: SqliteThreadData): SqliteWriter {
  const waiting: Write[] = [];
  let committing: readonly Write[] = [];
  let thread: Worker | undefined;
  /** The end of the previous thread. */
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
    // An idle thread does not keep the process alive.
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

/** Times are in milliseconds since 1970, in a quarter of the bytes of a text. */
export const toSqlite = (value: SqlValue): SqlValue => (value instanceof Date ? value.getTime() : value);

/** Its cause has the form of an error of Prisma's driver adapters, where the record looks for the relevant kinds. */
function sqliteError({ code, message }: { readonly code: string; readonly message: string }): Error {
  const isTaken = ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(code);
  const cause = { kind: isTaken ? 'UniqueConstraintViolation' : 'sqlite', code };
  return new Error(`${code}: ${message}`, { cause });
}
