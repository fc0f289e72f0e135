import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from '../../contracts/httpClient.ts';
import type { AttackedStorage, Bait } from './attackedStorage.ts';
import { type AttackAction, startAttacker } from './attacker.ts';
import { calls, stageAll } from './calls.ts';

/** The attacker's actions while their staged data is removed. */
export interface RemovalAttack {
  readonly action: AttackAction;
  readonly bait: Bait;
}

/** All attacks on removals. */
export const removalAttacks: readonly RemovalAttack[] = [
  { action: 'exchange', bait: "another user's folder" },
  { action: 'exchange', bait: "a private folder of root's" },
  { action: 'exchange', bait: 'a link to a source' },
  { action: 'exchange', bait: "a link to another user's file" },
  { action: 'exchange', bait: 'a symbolic link to another area' },
  { action: 'take', bait: 'nothing' },
  { action: 'remove', bait: 'nothing' },
];

/** The results of one wave of removals. */
export interface RemovalReport {
  /** `removed`, or the code of the error. */
  readonly results: readonly string[];
  readonly done: number;
  /** Removals of data that was not staged, and wrong records. */
  readonly wrong: readonly string[];
}

/** Stages one wave into a folder of the attacker's area, and removes it under attack. */
export async function removeUnderAttack(
  { action, bait }: RemovalAttack,
  inbox: string,
  {
    program,
    url,
    storage,
  }: { readonly program: string; readonly url: string; readonly storage: AttackedStorage },
): Promise<RemovalReport> {
  const folder = join(storage.area, inbox);
  await storage.layBaits(folder, bait);
  const outcomes = await stageAll(url, inbox, calls.copies);
  const operations = await clientOf(url).operations('&username=mallory&data=present');
  const staged: { readonly id: string; readonly inode: bigint }[] = [];
  for (const { call, result } of outcomes) {
    if (result !== 'staged') continue;
    const operation = operations.find(({ relative_path: path }) => path === `${inbox}${call.target}`);
    const { ino } = await lstat(join(folder, call.target), { bigint: true });
    if (operation) staged.push({ id: operation.id, inode: ino });
  }
  const attacker = await startAttacker(program, action, folder);
  let results: string[] = [];
  let done = 0;
  try {
    results = await Promise.all(staged.map(({ id }) => remove(url, id)));
  } finally {
    done = (await attacker.stop()).done;
  }
  const wrong = await storage.damage(folder);
  const inodes = await inodesIn(folder);
  for (const [index, { id, inode }] of staged.entries()) {
    const isThere = inodes.has(inode);
    const isRemoved = results[index] === 'removed';
    // Data with a second hard link survives, so only data that was not removed must exist.
    if (!isRemoved && !isThere)
      wrong.push(`what ${id} has staged is gone, and the answer was ${results[index]}`);
    const { removed_at: removedAt } = await clientOf(url).operation(id);
    if ((removedAt !== null) !== isRemoved) wrong.push(`${id} is recorded wrongly`);
  }
  return { results, done, wrong };
}

async function remove(url: string, id: string): Promise<string> {
  const answer = await fetch(`${url}/operations/${id}/data`, { method: 'DELETE' });
  const body: unknown = await answer.json();
  if (answer.ok) return 'removed';
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'without code';
}

async function inodesIn(folder: string): Promise<Set<bigint>> {
  const found = new Set<bigint>();
  for (const name of await readdir(folder)) {
    found.add((await lstat(join(folder, name), { bigint: true })).ino);
  }
  return found;
}
