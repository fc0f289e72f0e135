import { defineConfig } from 'prisma/config';

/** `PRISMA_PROVIDER` is `sqlite` or `mysql`; without it, `DATABASE_URL` decides. */
const { DATABASE_URL: url, PRISMA_PROVIDER: chosen } = process.env;
const provider = chosen ?? (/^(mysql|mariadb):/.test(url ?? '') ? 'mysql' : 'sqlite');

// `prisma generate` never runs the schema engine, but downloads it unless it is given a file; builds may be offline.
if (process.argv.includes('generate')) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: `prisma/${provider}`,
  migrations: { path: `prisma/${provider}/migrations` },
  ...(url ? { datasource: { url: url.replace(/^mariadb:/, 'mysql:') } } : {}),
});
