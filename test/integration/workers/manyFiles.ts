import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaClient } from '../../../shared/record/database/generated/mysql/client.ts';
import { createMySqlAdapter } from '../../../shared/record/database/mysql.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import type { ReachableService } from '../../services/stagingService.ts';
import type { Fleet } from './fleet.ts';

/** How many requests are under way at once. */
const requestsAtOnce = 16;

/** How many files one directory holds. */
const filesPerDirectory = 500;

const folderOf = (number: number) => `d${Math.floor(number / filesPerDirectory)}`;
/** The name of a file in the source storage. */
export const nameOf = (number: number) => `${folderOf(number)}/file-${number}`;

/** What is in a source file: different in each. */
function contentOf(number: number, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `content of ${number}\n`);
}

/** Files of the source storage, by their numbers; every so many is large. */
export interface ManyFiles {
  readonly count: number;
  sizeBytes(number: number): number;
}

/** Writes the files into the source storage. */
export async function writeSources(
  { service }: { readonly service: Pick<ReachableService, 'sourceStorage'> },
  { count, sizeBytes }: ManyFiles,
): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    if (number % filesPerDirectory === 0) {
      await mkdir(join(service.sourceStorage, folderOf(number)), { recursive: true });
    }
    await writeFile(join(service.sourceStorage, nameOf(number)), contentOf(number, sizeBytes(number)));
  }
}

/**
 * Asks for all of them, for a user, without waiting for their ends. Asks again where the answer is not that it was
 * accepted, as a client does when the database is away.
 */
export async function requestAll(
  { service }: Pick<Fleet, 'service'>,
  { count }: ManyFiles,
  username: string,
): Promise<void> {
  const { post } = clientOf(service.url);
  let next = 0;
  const request = async () => {
    while (next < count) {
      const name = nameOf(next++);
      const body = { local_path_on_storage: name, relative_path: name };
      await waitFor(async () => {
        if (service.process.signalCode !== null)
          throw new Error('The service was killed before all was asked for');
        const answer = await post(`/stage_data?method=local_copy&username=${username}`, body, {
          prefer: 'respond-async',
        }).catch(() => undefined);
        return answer?.status === 202;
      });
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, request));
}

/** The record of a fleet, read by the test itself. */
export interface RecordReader extends AsyncDisposable {
  /** How many operations are in each phase. */
  countByPhase(): Promise<Record<string, number>>;
  /** How many deaths of workers operations have outlived. */
  deaths(): Promise<number>;
}

/** Opens the record of the fleet. While its database is away, it has nothing to tell. */
export function readRecord(databaseUrl: string): RecordReader {
  const client = new PrismaClient({ adapter: createMySqlAdapter(databaseUrl) });
  return {
    async countByPhase() {
      const groups = await client.stagingOperation.groupBy({ by: ['phase'], _count: true }).catch(() => []);
      return Object.fromEntries(groups.map(({ phase, _count }) => [phase, _count]));
    },
    async deaths() {
      const { _sum } = await client.stagingOperation.aggregate({ _sum: { workerDeaths: true } });
      return _sum.workerDeaths ?? 0;
    },
    [Symbol.asyncDispose]: () => client.$disconnect(),
  };
}

/** What is wrong with what was staged: nothing, when every file is there, whole and read-only, and nothing else is. */
export async function findFaults(
  { service }: { readonly service: Pick<ReachableService, 'userAreas'> },
  { count, sizeBytes }: ManyFiles,
  username: string,
): Promise<string[]> {
  const faults: string[] = [];
  const expected = new Map<string, Set<string>>();
  for (let number = 0; number < count; number += 1) {
    const [folder = '', name = ''] = nameOf(number).split('/');
    expected.set(folder, (expected.get(folder) ?? new Set()).add(name));
    const path = join(service.userAreas, username, folder, name);
    const [bytes, entry] = await Promise.all([
      readFile(path).catch(() => undefined),
      stat(path).catch(() => undefined),
    ]);
    if (!bytes || !entry) faults.push(`${path} is not there`);
    else if (digest(bytes) !== digest(contentOf(number, sizeBytes(number))))
      faults.push(`${path} is damaged`);
    else if ((entry.mode & 0o777) !== 0o400) faults.push(`${path} is not read-only`);
    else if (entry.nlink !== 1) faults.push(`${path} has ${entry.nlink} names`);
  }
  for (const [folder, names] of expected) {
    for (const name of await readdir(join(service.userAreas, username, folder))) {
      if (!names.has(name)) faults.push(`${folder}/${name} is left`);
    }
  }
  return faults;
}

/** The operations that workers say they have published more than once. */
export function publishedTwice(workerOutput: string): string[] {
  const published = workerOutput
    .split('\n')
    .filter((line) => line.includes('"outcome":"staged"'))
    .map((line) => /"operation_id":"([^"]+)"/.exec(line)?.[1] ?? '');
  return published.filter((id, index) => published.indexOf(id) !== index);
}

function digest(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
