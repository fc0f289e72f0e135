// `npm run token -- --user alice --expires 30d`: makes a token of the service's own, adds its hash to AUTH_TOKENS_FILE,
// and prints the token, once. A running service knows it after SIGHUP.

import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ownTokenSchema, tokenHash, tokenPrefix } from '../shared/identity/ownTokens.ts';
import { type Role, roles } from '../shared/model/caller.ts';

const usage = `Usage: npm run token -- --user NAME [--expires 30d] [--name TEXT] [--role ${roles.join('|')}] [--project GROUP]
  --user NAME     the user whose area the token is for; for a program, give only --name
  --expires TIME  validity, such as 12h, 30d or 1y; default: it never expires
  --name TEXT     what the token is for
  --role ROLE     default: user; may be repeated
  --project GROUP a project that the token may use; may be repeated
The token is added to the file that the setting AUTH_TOKENS_FILE names.
`;

const hours = { h: 1, d: 24, y: 24 * 365 };

const argumentsSchema = z
  .object({
    user: z.string().optional(),
    name: z.string().optional(),
    expires: z
      .string()
      .regex(/^\d{1,5}[hdy]$/, 'must be a number with h, d or y')
      .optional(),
    role: z.array(z.enum(roles)).default(['user']),
    project: z.array(z.string()).default([]),
  })
  .refine(({ user, name }) => user ?? name, 'give --user or --name');

async function main(): Promise<void> {
  const file = process.env['AUTH_TOKENS_FILE'];
  if (!file) throw new Error('AUTH_TOKENS_FILE is not set; it must be the path of the tokens file');
  const { values } = parseArgs({
    options: {
      user: { type: 'string' },
      name: { type: 'string' },
      expires: { type: 'string' },
      role: { type: 'string', multiple: true },
      project: { type: 'string', multiple: true },
    },
  });
  const given = argumentsSchema.parse(values);
  const token = tokenPrefix + randomBytes(32).toString('base64url');
  const line = ownTokenSchema.parse({
    name: given.name ?? given.user,
    sha256: tokenHash(token),
    user: given.user ?? null,
    roles: given.role satisfies readonly Role[],
    projects: given.project,
    expires_at: given.expires === undefined ? null : timeAfter(given.expires),
  });
  await appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  process.stdout.write(`${token}\n`);
  process.stderr.write(
    `Added to ${file}. The token is shown only once; a running service reads the file again on SIGHUP.\n`,
  );
}

function timeAfter(text: string): string {
  const unit = z.enum(['h', 'd', 'y']).parse(text.slice(-1));
  return new Date(Date.now() + Number.parseInt(text, 10) * hours[unit] * 3_600_000).toISOString();
}

main().catch((error: unknown) => {
  const reason =
    error instanceof z.ZodError
      ? error.issues
          .map(({ path, message }) => `${path.map((part) => `--${String(part)} `).join('')}${message}`)
          .join('; ')
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`${reason}\n\n${usage}`);
  process.exit(1);
});
