import type Database from 'libsql';

/** How many prepared statements are cached. Those about many rows differ in their number of places. */
const statementsKept = 100;

/** Prepares statements for a connection to SQLite, each once as long as it is in use. */
export function prepareOnce(database: InstanceType<typeof Database>): (sql: string) => Database.Statement {
  const prepared = new Map<string, Database.Statement>();
  return (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    // The most recently used one is evicted last.
    prepared.delete(sql);
    prepared.set(sql, statement);
    const [oldest] = prepared.keys();
    if (prepared.size > statementsKept && oldest !== undefined) prepared.delete(oldest);
    return statement;
  };
}
