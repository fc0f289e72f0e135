// What the record keeps for `shared/identity`: whose accounts are whose, and who is logged in.

import * as z from 'zod';
import { insertOnce } from './database/query.ts';
import type { OperationDatabase } from './database/tables.ts';
import { placesOf } from './rows/operationStatements.ts';

/** A person at an OpenID provider: the two claims that never change (OpenID Connect Core 1.0 §5.7). */
export interface Account {
  readonly issuer: string;
  readonly subject: string;
}

/** The accounts at OpenID providers, and their users here. Neither changes once they are bound. */
export interface AccountRecord {
  /**
   * The user of an account: as bound earlier, or bound now to this name, if that belongs to no other account. Undefined
   * if it is not bound, and cannot or must not be.
   */
  bind(account: Account, username: string | undefined): Promise<string | undefined>;
}

/** The record of accounts. */
export function createAccountRecord({ select, execute, query }: OperationDatabase): AccountRecord {
  /** The row of the account or, if there is none, of the name. */
  const find = async ({ issuer, subject }: Account, username: string) => {
    const rows = await select(
      'SELECT username, issuer, subject FROM accounts WHERE (issuer = ? AND subject = ?) OR username = ?',
      [issuer, subject, username],
    );
    const found = rows.map(([name, ...account]) => ({ name: String(name), account }));
    return found.sort((one) => (isSame(one.account, { issuer, subject }) ? -1 : 1));
  };
  return {
    async bind(account, username = '') {
      const { issuer, subject } = account;
      const own = { name: username, account: [issuer, subject] };
      const values = [issuer, subject, username, new Date()];
      const statement = `INSERT INTO accounts (issuer, subject, username, created_at) VALUES (${placesOf(values)})`;
      // Of two concurrent requests with one name, the database refuses one.
      const recorded = username
        ? await insertOnce(own, query, {
            insert: () => execute(statement, values),
            find: () => find(account, username),
          })
        : (await query(() => find(account, username)))[0];
      return recorded && isSame(recorded.account, account) ? recorded.name : undefined;
    },
  };
}

function isSame([issuer, subject]: readonly unknown[], account: Account): boolean {
  return issuer === account.issuer && subject === account.subject;
}

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
