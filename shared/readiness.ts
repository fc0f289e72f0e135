import { open, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import type { Dependencies } from './dependencies.ts';
import { systemErrorCode } from './errors/stagingError.ts';

type Checked = Pick<Dependencies, 'config' | 'operations' | 'logger'>;

/** What the service needs to do its work, each with `ok` or what is wrong with it. */
export async function checkReadiness({
  config,
  operations,
  logger,
}: Checked): Promise<Record<string, string>> {
  const results = Object.entries(readinessChecks({ config, operations })).map(
    async ([name, check]): Promise<[string, string]> => {
      try {
        await check();
        return [name, 'ok'];
      } catch (err) {
        logger.warn({ err, check: name }, 'not ready');
        return [name, `failed: ${systemErrorCode(err) ?? 'unknown error'}`];
      }
    },
  );
  return Object.fromEntries(await Promise.all(results));
}

/** One check for each thing that the service needs; it throws when that cannot be used. */
export function readinessChecks({ config, operations }: Pick<Checked, 'config' | 'operations'>) {
  return {
    database: () => operations.ping(),
    source_storage: () => readDirectory(config.sourceStoragePath),
    target_storage: () => writeToDirectory(config.targetStoragePath),
  };
}

async function readDirectory(path: string): Promise<void> {
  const directory = await opendir(path);
  await directory.close();
}

/** By writing: a full or read-only file system answers every other question well. */
async function writeToDirectory(path: string): Promise<void> {
  const probe = join(path, `.readiness.${uuid()}.part`);
  const file = await open(probe, 'wx', 0o600);
  try {
    await file.writeFile('ok');
  } finally {
    await file.close();
    await unlink(probe);
  }
}
