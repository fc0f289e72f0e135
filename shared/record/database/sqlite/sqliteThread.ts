import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import { prepareOnce } from '../preparedStatements.ts';
import type { FilledStatement } from '../sqlSession.ts';
import type { SqliteThreadData, WriteOutcome } from './sqliteWriter.ts';

// The thread of `sqliteWriter.ts`. It runs the statements that it receives together as one transaction, so that they
// share one sync to disk.

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

/** A failed statement changes nothing, and the others are committed. */
function run({ sql, values }: FilledStatement): WriteOutcome {
  try {
    const statement = prepare(sql);
    if (!statement.reader) return { changes: statement.run(values).changes };
    // Prisma's statement for an empty update. If it were not read to its end, it would keep its snapshot.
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
