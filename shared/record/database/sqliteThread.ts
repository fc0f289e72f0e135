import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { prepareOnce } from './preparedStatements.ts';
import type { SqliteThreadData, WriteOutcome } from './sqliteWriter.ts';
import type { FilledStatement } from './statement.ts';

// The thread of `sqliteWriter.ts`. It runs the statements that it is sent together as one transaction, so that they
// share one wait for the disk.

const { path, pragmas }: SqliteThreadData = workerData;
const database = new Database(path);
for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
const prepare = prepareOnce(database);

parentPort?.on('message', (statements: readonly FilledStatement[] | 'close') => {
  if (statements !== 'close') return parentPort?.postMessage(runTogether(statements));
  database.close();
  parentPort?.close();
});

function runTogether(statements: readonly FilledStatement[]): WriteOutcome[] {
  try {
    database.exec('BEGIN IMMEDIATE');
    const outcomes = statements.map(run);
    database.exec('COMMIT');
    return outcomes;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    const outcome = failureOf(error);
    return statements.map(() => outcome);
  }
}

/** A statement that fails by itself changes nothing, and the others are committed. */
function run({ sql, values }: FilledStatement): WriteOutcome {
  try {
    const statement = prepare(sql);
    if (!statement.reader) return { changes: statement.run(values).changes };
    // What Prisma makes of an update of nothing. Not read to its end, it would keep the state that it saw.
    statement.all(values);
    return { changes: 0 };
  } catch (error) {
    // SQLite undid all of them, for example because the disk is full.
    if (!database.inTransaction) throw error;
    return failureOf(error);
  }
}

function failureOf(error: unknown): WriteOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
