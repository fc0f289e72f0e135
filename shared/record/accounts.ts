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
