import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';

/** How many entries of the storage are checked: usually all areas have the same kind of owner. */
const maxEntries = 100;

/**
 * Warns when user areas belong to the service's own user. Users with the same uid can enter its workspace, and change
 * verified data before it is published. The default storage of a trial belongs to the service, and so do root's areas.
 */
export async function warnOfSharedUser(
  { targetStoragePath, hasDefaultStorages }: Config,
  logger: Logger,
): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0 || hasDefaultStorages.target) return;
  const areas = await areasOf(uid, targetStoragePath);
  if (areas.length === 0) return;
  logger.warn(
    { uid, areas: areas.slice(0, 3) },
    'user areas are owned by the user that the service runs as: other processes of that user can change data while it is ' +
      'staged. See "Users and ownership" in docs/operations-guide.md',
  );
}

/** The user areas that belong to this user, among the first entries of the storage. */
async function areasOf(uid: number, storagePath: string): Promise<string[]> {
  const names: string[] = [];
  const entries = await opendir(storagePath);
  for await (const { name } of entries) {
    // User areas are never hidden.
    if (!name.startsWith('.')) names.push(name);
    if (names.length === maxEntries) break;
  }
  const owned = names.map(async (name) => {
    const entry = await lstat(join(storagePath, name)).catch(() => undefined);
    return entry?.isDirectory() && entry.uid === uid ? [name] : [];
  });
  return (await Promise.all(owned)).flat().sort();
}
