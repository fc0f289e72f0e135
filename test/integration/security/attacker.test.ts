import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { ensureDebianPackages } from '../../services/debianPackages.ts';
import { describeWith } from '../../services/describeWith.ts';
import { describeWithMount } from '../../services/smallFileSystem.ts';
import { inTheMaking } from '../../services/workspaces.ts';
import { type AttackedService, sha256Of, startAttackedService } from './attackedService.ts';

/** How many requests are made during each attack. */
const requests = Number(process.env['ATTACKED_REQUESTS'] ?? 60);
const requestsAtOnce = 16;
const limitMs = 60_000 + requests * 200;

/** What there is to stage: files that differ, and trees. */
const sourceCount = 10;
const targets = (index: number) => [`copy-${index}`, `way/copy-${index}`, `way/deep/copy-${index}`];

let builds: string;
let program: string;

beforeAll(async () => {
  await ensureDebianPackages('an attacker', 'gcc', 'libc6-dev');
  builds = await mkdtemp(join(tmpdir(), 'attacker-'));
  await chmod(builds, 0o755);
  program = join(builds, 'attacker');
  execFileSync('gcc', [
    '-O2',
    '-Wall',
    '-Werror',
    '-o',
    program,
    new URL('attacker.c', import.meta.url).pathname,
  ]);
});
afterAll(() => rm(builds, { recursive: true }));

/** Attacks on a service whose storages are on one file system. */
function attackOn(storagesIn: () => Promise<string>): void {
  let storages: string;
  let attacked: AttackedService;
  let before: string[];
  const digests = new Map<string, string>();

  beforeAll(async () => {
    storages = await storagesIn();
    attacked = await startAttackedService(storages, program);
    for (let index = 0; index < sourceCount; index += 1) {
      const [file, tree] = [
        join(storages, 'source', `file-${index}`),
        join(storages, 'source', `tree-${index}`),
      ];
      await writeFile(file, `data of file ${index} `.repeat(300 * index + 1));
      await chmod(file, 0o664);
      digests.set(`file-${index}`, await sha256Of(file));
      await mkdir(join(tree, 'folder'), { recursive: true });
      for (const name of ['one', 'two', 'folder/three'])
        await writeFile(join(tree, name), `${name} of ${index}`);
    }
    before = await attacked.canaries.snapshot();
  }, limitMs);
  afterAll(async () => attacked[Symbol.asyncDispose]());

  /** Makes the requests, and returns how many of them ended in which way. */
  const stageMany = async (method: string, round: string, kinds: readonly string[]) => {
    const { url } = attacked.service;
    const outcomes = new Map<string, number>();
    await pLimit(requestsAtOnce).map(
      Array.from({ length: requests }, (_, index) => index),
      async (index) => {
        const source = `${kinds[index % kinds.length]}-${index % sourceCount}`;
        const path = targets(index)[index % 3]?.replace('copy', `${round}`) ?? '';
        const answer = await clientOf(url).stage(method, source, path, 'mallory');
        const outcome = answer.status === 200 ? 'success' : answer.problem().code;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      },
    );
    return outcomes;
  };
  /** Nobody else's data was touched, and what is recorded is what was published. */
  const expectIntact = async () => {
    expect(await attacked.canaries.snapshot()).toEqual(before);
    for (const { source, target, sha256, inode } of await attacked.completed()) {
      if (sha256 === null) continue;
      expect(sha256).toBe(digests.get(source));
      const path = join(attacked.area, target);
      const found = await lstat(path, { bigint: true }).catch(() => undefined);
      if (found?.isFile() && `${found.dev}:${found.ino}` === inode) expect(await sha256Of(path)).toBe(sha256);
    }
  };
  const clearArea = async () => {
    for (const name of await readdir(attacked.area)) {
      await rm(join(attacked.area, name), { recursive: true, force: true });
    }
  };

  describe.each(['exchange', 'parts', 'folders', 'replace', 'write', 'forge'])(
    'by the attack "%s"',
    (attack) => {
      test.each([
        ['local_copy', ['file', 'tree']],
        ['symlink_copy', ['file', 'tree']],
      ])(
        'on %s, nothing of others is changed or deleted, and no record claims other bytes than were published',
        async (method, kinds) => {
          const { stop } = attacked.attack(attack);
          const outcomes = await stageMany(method, `${attack}-${method}`, kinds);
          expect(await stop()).toBe('');
          expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
          await expectIntact();
          await clearArea();
          if (process.env['ATTACKED_REQUESTS'])
            process.stderr.write(`${attack} ${method} ${JSON.stringify([...outcomes])}\n`);
        },
        limitMs,
      );

      test(
        'on a service that is killed and started again, clean-up deletes nothing of others',
        async () => {
          const { stop } = attacked.attack(attack);
          const staging = stageMany('local_copy', `${attack}-killed`, ['file', 'tree']).catch(
            () => undefined,
          );
          await waitFor(
            async () => (await clientOf(attacked.service.url).operations('&phase=COMPLETED')).length > 0,
          );
          await attacked.restart();
          await staging;
          await waitFor(async () => {
            const unfinished = ['QUEUED', 'EXECUTING'].map((phase) =>
              clientOf(attacked.service.url).operations(`&phase=${phase}`),
            );
            return (await Promise.all(unfinished)).flat().length === 0;
          });
          await stop();
          await expectIntact();
          expect(await inTheMaking(join(storages, 'areas'))).toEqual([]);
          await clearArea();
        },
        limitMs,
      );
    },
  );
}

describeWithMount(
  'a user who attacks the service in their own user area (needs root, to be another user)',
  () => {
    describe('on the usual file system', () =>
      attackOn(async () => {
        const directory = await mkdtemp(join(tmpdir(), 'attacked-'));
        await chmod(directory, 0o755);
        return directory;
      }));
  },
);

describeWith('btrfs', 'a user who attacks the service on Btrfs', ({ mountPoint }) =>
  attackOn(async () => {
    const directory = join(mountPoint, 'attacked');
    await mkdir(directory);
    return directory;
  }),
);
