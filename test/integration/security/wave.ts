import { join } from 'node:path';
import type { AttackedStorage, Bait } from './attackedStorage.ts';
import { type AttackAction, startAttacker } from './attacker.ts';
import { calls, lieOf, type Outcome, stageAll, stageDatasets } from './calls.ts';

/** The attacker's actions while something is staged. */
export interface Attack {
  readonly action: AttackAction;
  readonly bait: Bait;
  readonly kind: keyof typeof calls;
}

/** All attacks in a folder of the user area. */
export const attacks: readonly Attack[] = [
  { action: 'exchange', bait: 'a link to a source', kind: 'copies' },
  { action: 'exchange', bait: "another user's folder", kind: 'copies' },
  { action: 'exchange', bait: "a link to another user's file", kind: 'links' },
  { action: 'exchange', bait: "another user's folder", kind: 'links' },
  { action: 'exchange', bait: "a private folder of root's", kind: 'inNewFolders' },
  { action: 'exchange', bait: 'a symbolic link to another area', kind: 'inNewFolders' },
  { action: 'exchange', bait: 'a folder of their own', kind: 'inDatasets' },
  { action: 'remove', bait: 'nothing', kind: 'inNewFolders' },
  { action: 'write', bait: 'nothing', kind: 'copies' },
  { action: 'take', bait: 'nothing', kind: 'copies' },
  { action: 'exchange', bait: 'a link to a source', kind: 'smallCopies' },
  { action: 'exchange', bait: "another user's folder", kind: 'smallCopies' },
  { action: 'write', bait: 'nothing', kind: 'smallCopies' },
  { action: 'take', bait: 'nothing', kind: 'smallCopies' },
];

/**
 * The attacks where the folder is a mount: no hard link leads into it, and the workspace itself is a name in a folder of
 * the user's.
 */
export const attacksInMount: readonly Attack[] = [
  ...attacks.filter(
    ({ bait, kind }) => !bait.startsWith('a link') && !['links', 'smallCopies'].includes(kind),
  ),
  { action: 'occupy', bait: 'nothing', kind: 'copies' },
  { action: 'occupy', bait: 'nothing', kind: 'inNewFolders' },
];

/** The results of one wave of stagings. */
export interface WaveReport {
  readonly results: readonly string[];
  /** How often the attacker acted. */
  readonly done: number;
  /** The attacker's successes, and wrong records. */
  readonly wrong: readonly string[];
}

/** Stages one wave into a folder of the attacker's area, under attack. */
export async function stageUnderAttack(
  { action, bait, kind }: Attack,
  inbox: string,
  {
    program,
    url,
    storage,
  }: { readonly program: string; readonly url: string; readonly storage: AttackedStorage },
): Promise<WaveReport> {
  const folder = join(storage.area, inbox);
  await storage.layBaits(folder, bait);
  const attacker = await startAttacker(program, action, folder);
  let outcomes: Outcome[] = [];
  let done = 0;
  try {
    outcomes = await (kind === 'inDatasets' ? stageDatasets(url, inbox) : stageAll(url, inbox, calls[kind]));
  } finally {
    done = (await attacker.stop()).done;
  }
  if (kind === 'links') await storage.restoreModes();
  const wrong = [...(await liesOf(outcomes, folder, storage)), ...(await storage.damage(folder))];
  if (action === 'write' && done > 0) wrong.push(`the attacker has written into ${done} files`);
  return { results: outcomes.map(({ result }) => result), done, wrong };
}

/** Wrong records of these stagings. */
export async function liesOf(
  outcomes: readonly Outcome[],
  folder: string,
  storage: AttackedStorage,
): Promise<string[]> {
  const lies = await Promise.all(outcomes.map((outcome) => lieOf(outcome, folder, storage)));
  return lies.filter((lie) => lie !== undefined);
}
