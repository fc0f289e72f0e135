import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaClient } from '../../../shared/record/database/generated/mysql/client.ts';
import { createMySqlAdapter } from '../../../shared/record/database/mysql/mysql.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import type { Fleet } from './fleet.ts';

/** How many requests are in flight at the same time. */
const requestsAtOnce = 16;

/** How many files one directory holds. */
const filesPerDirectory = 500;

const folderOf = (number: number) => `d${Math.floor(number / filesPerDirectory)}`;
/** The name of a file in the source storage. */
export const nameOf = (number: number) => `${folderOf(number)}/file-${number}`;

/** The content of a source file: different in each. */
function contentOf(number: number, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `content of ${number}\n`);
}

/** Files of the source storage, by their numbers; every n-th is large. */
export interface ManyFiles {
  readonly count: number;
  sizeBytes(number: number): number;
}

/** Writes the files into the source storage. */
export async function writeSources(
  { sourceStorage }: Pick<Fleet, 'sourceStorage'>,
  { count, sizeBytes }: ManyFiles,
): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    if (number % filesPerDirectory === 0) {
      await mkdir(join(sourceStorage, folderOf(number)), { recursive: true });
    }
    await writeFile(join(sourceStorage, nameOf(number)), contentOf(number, sizeBytes(number)));
  }
}

/**
 * Requests all of them, for a user, without waiting for their ends. Repeats requests that were not accepted, with the
 * same key, as a client does while the service or the database is unavailable.
 */
export async function requestAll(
  { url, signal }: Pick<Fleet, 'url' | 'signal'>,
  { count }: ManyFiles,
  username: string,
): Promise<void> {
  const { post } = clientOf(url);
  let next = 0;
  const request = async () => {
    while (next < count && !signal.aborted) {
      const name = nameOf(next++);
      const body = { local_path_on_storage: name, relative_path: name };
      const headers = { prefer: 'respond-async', 'idempotency-key': `"${name}"` };
      const isAccepted = async () => {
        const path = `/stage_data?method=local_copy&username=${username}`;
        const answer = await post(path, body, headers).catch(() => undefined);
        return answer?.status === 202 || answer?.headers.get('idempotent-replayed') === 'true';
      };
      await waitFor(async () => signal.aborted || (await isAccepted()));
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, request));
}

/** The record of a fleet, read by the test itself. */
export interface RecordReader extends AsyncDisposable {
  /** How many operations are in each phase. */
  countByPhase(): Promise<Record<string, number>>;
  operations(): Promise<RecordedOperation[]>;
  /** Makes all queued ones appear to have waited for this time. */
  letQueuedWait(waitedMs: number): Promise<void>;
}

/** The inspected columns of a row. */
interface RecordedOperation {
  readonly id: string;
  readonly phase: string;
  readonly errorCode: string | null;
  readonly relativePath: string | null;
  /** How many worker deaths it has survived. */
  readonly workerDeaths: number;
}

/** Opens the record of a fleet. While its database is unavailable, it counts nothing. */
export function readRecord(databaseUrl: string): RecordReader {
  const client = new PrismaClient({ adapter: createMySqlAdapter(databaseUrl) });
  return {
    async countByPhase() {
      const groups = await client.stagingOperation.groupBy({ by: ['phase'], _count: true }).catch(() => []);
      return Object.fromEntries(groups.map(({ phase, _count }) => [phase, _count]));
    },
    operations: () =>
      client.stagingOperation.findMany({
        select: { id: true, phase: true, errorCode: true, relativePath: true, workerDeaths: true },
      }),
    async letQueuedWait(waitedMs) {
      const heartbeatAt = new Date(Date.now() - waitedMs);
      const queued = { where: { phase: 'QUEUED' }, data: { heartbeatAt } };
      await client.stagingOperation.updateMany(queued).catch(() => undefined);
    },
    [Symbol.asyncDispose]: () => client.$disconnect(),
  };
}

/** Errors in the staged data: none, when every file exists, complete and read-only, and nothing else does. */
export async function findFaults(
  { userAreas }: Pick<Fleet, 'userAreas'>,
  { count, sizeBytes }: ManyFiles,
  username: string,
): Promise<string[]> {
  const faults: string[] = [];
  const expected = new Map<string, Set<string>>();
  for (let number = 0; number < count; number += 1) {
    const [folder = '', name = ''] = nameOf(number).split('/');
    expected.set(folder, (expected.get(folder) ?? new Set()).add(name));
    const path = join(userAreas, username, folder, name);
    const [bytes, entry] = await Promise.all([
      readFile(path).catch(() => undefined),
      stat(path).catch(() => undefined),
    ]);
    if (!bytes || !entry) faults.push(`${path} is not there`);
    else if (!bytes.equals(contentOf(number, sizeBytes(number)))) faults.push(`${path} is damaged`);
    else if ((entry.mode & 0o777) !== 0o400) faults.push(`${path} is not read-only`);
    else if (entry.nlink !== 1) faults.push(`${path} has ${entry.nlink} names`);
  }
  for (const [folder, names] of expected) {
    for (const name of await readdir(join(userAreas, username, folder))) {
      if (!names.has(name)) faults.push(`${folder}/${name} is left`);
    }
  }
  return faults;
}

/** The operations that workers report to have published more than once. */
export function publishedTwice(workerOutput: string): string[] {
  const published = workerOutput
    .split('\n')
    .filter((line) => line.includes('"outcome":"staged"'))
    .map((line) => /"operation_id":"([^"]+)"/.exec(line)?.[1] ?? '');
  return published.filter((id, index) => published.indexOf(id) !== index);
}
