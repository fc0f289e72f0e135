import * as z from 'zod';
import type { OperationDatabase } from './database/tables.ts';

/** The session of a logged-in user, or a link to one download. */
interface Session {
  /** The SHA-256 of the secret, in hex: the record does not contain the secret. */
  readonly secretHash: string;
  /** The caller, as JSON. */
  readonly account: string;
  /** The path of the one download that it is for; null for everything. */
  readonly path: string | null;
  readonly usedAt: Date;
  readonly expiresAt: Date;
}

/** The record of sessions. */
export interface SessionRecord {
  /** Adds a session, and removes those that have expired. */
  add(session: Session): Promise<void>;
  find(secretHash: string): Promise<Session | undefined>;
  /** Records its last use. */
  touch(secretHash: string, usedAt: Date): Promise<void>;
  remove(secretHash: string): Promise<void>;
}

/** Sessions in the database. */
export function createSessionRecord({ select, execute, query }: OperationDatabase): SessionRecord {
  const run = (sql: string, values: Parameters<typeof execute>[1]) => query(() => execute(sql, values));
  return {
    async add({ secretHash, account, path, usedAt, expiresAt }) {
      await run('DELETE FROM sessions WHERE expires_at < ?', [usedAt]);
      await run(
        'INSERT INTO sessions (secret_hash, account, path, used_at, expires_at) VALUES (?, ?, ?, ?, ?)',
        [secretHash, account, path, usedAt, expiresAt],
      );
    },

    async find(secretHash) {
      const sql = 'SELECT account, path, used_at, expires_at FROM sessions WHERE secret_hash = ?';
      const [row] = await query(() => select(sql, [secretHash]));
      if (!row) return undefined;
      const [account, path, usedAt, expiresAt] = row;
      return {
        secretHash,
        account: String(account),
        path: path === null ? null : String(path),
        usedAt: timeOf(usedAt),
        expiresAt: timeOf(expiresAt),
      };
    },

    async touch(secretHash, usedAt) {
      await run('UPDATE sessions SET used_at = ? WHERE secret_hash = ?', [usedAt, secretHash]);
    },

    async remove(secretHash) {
      await run('DELETE FROM sessions WHERE secret_hash = ?', [secretHash]);
    },
  };
}

/** Drivers return times as numbers or as texts. */
const timeOf = (value: unknown): Date => z.coerce.date().parse(value);
