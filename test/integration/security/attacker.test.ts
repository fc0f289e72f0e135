import { execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasEnded } from '../../../shared/model/operation.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { slowCopies } from '../../services/staging/slowCopies.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { type AttackedStorage, makeAttackedStorage, sourceCount } from './attackedStorage.ts';
import { asAttacker, compileAttacker, mallory } from './attacker.ts';
import { acceptCopies, outcomesOf } from './calls.ts';
import { removalAttacks, removeUnderAttack } from './removals.ts';
import { type Attack, attacks, attacksInMount, liesOf, stageUnderAttack } from './wave.ts';

/** How many stagings are made under each attack. */
const stagings = Number(process.env['ATTACKED_REQUESTS'] ?? sourceCount);
const limitMs = 60_000 + stagings * 1000;
const waves = Array.from({ length: Math.ceil(stagings / sourceCount) });

/** The allowed answers of the service under attack: all clear errors. */
const expectedResults = [
  'staged',
  'already_present',
  'DIGEST_MISMATCH',
  'TARGET_DIFFERS',
  'TARGET_DISTURBED',
  'TARGET_IN_FILE',
  'TARGET_IS_LINK',
  'WORKSPACE_UNUSABLE',
];

/** The allowed answers to a removal under attack. */
const removalResults = ['removed', 'DATA_CHANGED', 'DATA_GONE'];

/** A folder in the attacker's area that is a mount, so that no hard links lead into or out of it. */
interface Mount {
  readonly name: string;
  remove(): void;
}

/** Attacks a service whose storages are in a directory. */
function attackServiceIn(program: string, parent: string, makeMount: (area: string) => Promise<Mount>): void {
  let dataDirectory: string;
  let storage: AttackedStorage;
  let service: StagingService;
  let mount: Mount;
  const start = async (settings: NodeJS.ProcessEnv = {}) => {
    service = await startStagingService(dataDirectory, {
      SOURCE_STORAGE_PATH: storage.sourceStorage,
      TARGET_STORAGE_PATH: storage.userAreas,
      CONCURRENCY: String(sourceCount),
      ...settings,
    });
  };
  beforeAll(async () => {
    // On the same file system, so that its database does not wait for the disk of other suites.
    dataDirectory = await mkdtemp(join(parent, 'data-'));
    storage = await makeAttackedStorage(join(parent, 'attacked'));
    mount = await makeMount(storage.area);
    await start();
  });
  afterAll(async () => {
    await service?.kill();
    mount?.remove();
    await rm(join(parent, 'attacked'), { recursive: true });
    await removeDataDirectory(dataDirectory);
  });

  const attackWell = async (attack: Attack, inbox: string) => {
    const counts: Record<string, number> = {};
    let allDone = 0;
    for (const _ of waves) {
      const { results, done, wrong } = await stageUnderAttack(attack, inbox, {
        program,
        url: service.url,
        storage,
      });
      expect(wrong).toEqual([]);
      for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
      allDone += done;
    }
    expect(Object.keys(counts).filter((result) => !expectedResults.includes(result))).toEqual([]);
    expect(await inTheMaking(storage.userAreas)).toEqual([]);
    if (attack.action !== 'write') expect(allDone).toBeGreaterThan(0);
    report({ ...attack, inbox, ...counts, acted: allDone });
  };

  test.each(attacks)(
    '$action everything, with $bait, during $kind',
    (attack) => attackWell(attack, 'inbox/'),
    limitMs,
  );
  test.each(attacksInMount)(
    '$action everything on a mount of their own, with $bait, during $kind',
    (attack) => attackWell(attack, `${mount.name}/`),
    limitMs,
  );

  test.each(removalAttacks)(
    '$action everything, with $bait, while staged data is removed',
    async (attack) => {
      const counts: Record<string, number> = {};
      let allDone = 0;
      for (const _ of waves) {
        const { results, done, wrong } = await removeUnderAttack(attack, 'inbox/', {
          program,
          url: service.url,
          storage,
        });
        expect(wrong).toEqual([]);
        for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
        allDone += done;
      }
      expect(Object.keys(counts).filter((result) => !removalResults.includes(result))).toEqual([]);
      expect(await inTheMaking(storage.userAreas)).toEqual([]);
      report({ ...attack, removals: true, ...counts, acted: allDone });
    },
    limitMs,
  );

  test(
    'after a kill, the next start removes nothing that a user has given the name of a part or workspace',
    async () => {
      const folder = join(storage.area, 'inbox');
      let interrupted = 0;
      for (const index of waves.keys()) {
        await service.stop();
        await start(slowCopies);
        await storage.layBaits(folder, index % 2 ? "another user's folder" : "a private folder of root's");
        const ids = await acceptCopies(service.url);
        await waitFor(async () => {
          const executing = await clientOf(service.url).operations('&phase=EXECUTING');
          return executing.some(({ bytes_done: bytes }) => bytes !== null && bytes > 0);
        });
        await service.kill();
        expect(asAttacker(folder, forgery, ids)).toBe('');
        const names = await readdir(folder, { recursive: true });
        // Queued operations run now, and are published.
        await start();
        await waitFor(async () => (await clientOf(service.url).operations()).every(hasEnded));
        expect(await storage.damage(folder)).toEqual([]);
        const isPublished = (name: string) => name.startsWith('target-') && !names.includes(name);
        const after = (await readdir(folder, { recursive: true })).filter((name) => !isPublished(name));
        expect(after).toEqual(names);
        expect(await inTheMaking(storage.userAreas)).toEqual([]);
        const outcomes = await outcomesOf(service.url, ids);
        expect(await liesOf(outcomes, folder, storage)).toEqual([]);
        interrupted += outcomes.filter(({ result }) => result === 'INTERRUPTED').length;
      }
      expect(interrupted).toBeGreaterThan(0);
      report({ action: 'forge', killed: waves.length, interrupted });
    },
    limitMs,
  );
}

/** Gives files of others the names of parts and workspaces, and forges some; returns the forbidden outcomes. */
const forgery = `
  mv _bait.3 .staging
  for id; do
    mkdir -p ".staging/$id" && echo forged > ".staging/$id/$id.1.part" && echo forged > ".staging/$id/$id.1.checkpoints"
  done 2> /dev/null
  number=0
  for name in .*.part "$1.1.part" "$2.1.part" "$3.1.folders"; do
    test ! -e "$name" || mv "$name" "_moved.$number"
    test $number -gt 2 || mv "_bait.$number" "$name"
    number=$((number + 1))
  done
  ls ../../.staging 2> /dev/null
  mkdir ../../.staging/forged 2> /dev/null && echo "made a folder in the workspace"
  mv ../../.staging ../../moved 2> /dev/null && echo "moved the workspace"
  true`;

async function mountBelow(area: string): Promise<Mount> {
  const [elsewhere, mountPoint] = [join(area, '../../elsewhere'), join(area, 'mounted')];
  for (const path of [elsewhere, mountPoint]) await mkdir(path);
  await chown(elsewhere, mallory, mallory);
  execFileSync('mount', ['--bind', elsewhere, mountPoint]);
  return { name: 'mounted', remove: () => void execFileSync('umount', [mountPoint]) };
}

async function makeSubvolume(area: string): Promise<Mount> {
  asAttacker(area, 'btrfs --quiet subvolume create subvolume');
  return { name: 'subvolume', remove: () => undefined };
}

/** Prints numbers on request. */
function report(numbers: object): void {
  if (process.env['ATTACKED_REQUESTS']) process.stderr.write(`${JSON.stringify(numbers)}\n`);
}

if (process.getuid?.() === 0) {
  describeWith('compiler', 'a user with a shell, against a service that runs as root', (compiler) => {
    const program = compileAttacker(compiler);
    afterAll(() => rm(join(program, '..'), { recursive: true }));
    describeWith('ext4', 'on ext4', ({ mountPoint }) => attackServiceIn(program, mountPoint, mountBelow));
    describeWith('btrfs', 'on Btrfs', ({ mountPoint }) =>
      attackServiceIn(program, mountPoint, makeSubvolume),
    );
  });
} else {
  describe('a user with a shell', () => {
    test.skip('needs root, because it acts as several users', () => undefined);
  });
}
