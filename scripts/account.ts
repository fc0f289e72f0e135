// `npm run account -- --issuer https://iam.example.org --subject 1234 --user alice`: permanently assigns a user to an
// account at an OpenID provider. Needed with ACCOUNTS=explicit.

import { parseArgs } from 'node:util';
import { parseConfig } from '../shared/config/config.ts';
import { usernameSchema } from '../shared/model/paths.ts';
import { openRecord } from '../shared/record/openRecord.ts';

const usage = 'Usage: npm run account -- --issuer URL --subject SUB --user NAME\n';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { issuer: { type: 'string' }, subject: { type: 'string' }, user: { type: 'string' } },
  });
  const { issuer, subject, user } = values;
  if (!issuer || !subject || !user) throw new Error('give --issuer, --subject and --user');
  const username = usernameSchema.parse(user);
  const record = await openRecord(parseConfig(process.env, { hasLogFile: false }).databaseUrl);
  try {
    const bound = await record.accounts.bind({ issuer, subject }, username);
    if (bound !== username) {
      throw new Error(bound ? `the account is already ${bound}` : `${username} is already another account`);
    }
    process.stdout.write(`${subject} of ${issuer} is ${username}\n`);
  } finally {
    await record.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exit(1);
});
