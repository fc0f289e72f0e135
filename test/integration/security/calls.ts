import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { type Client, clientOf } from '../../contracts/httpClient.ts';
import { batchClientOf } from '../batches/batchClient.ts';
import { type AttackedStorage, sha256Of, sourceCount, sources } from './attackedStorage.ts';
import { mallory } from './attacker.ts';

/** A request to the service. */
export interface Call {
  readonly method: 'local_copy' | 'symlink_copy';
  readonly source: string;
  /** The path in the attacked folder. */
  readonly target: string;
  /** Whether the source is a tree with one `file`. */
  readonly isTree: boolean;
  /** Whether a wrong digest is given, so that nothing is published. */
  readonly isRefused: boolean;
}

/** The result of a call. */
export interface Outcome {
  readonly call: Call;
  /** `staged`, `already_present`, or the code of the error. */
  readonly result: string;
  /** As recorded. */
  readonly sha256: string | null;
}

const call = (source: string, target: string, given: Partial<Call> = {}): Call => ({
  method: 'local_copy',
  source,
  target,
  isTree: source.startsWith('tree'),
  isRefused: false,
  ...given,
});

/** Calls for sources of all kinds. */
export const calls = {
  copies(index: number): Call {
    const source = [sources.small, sources.large, sources.tree, sources.large][index % 4] ?? sources.small;
    return call(source(index), `target-${index}`, { isRefused: index % 4 === 3 });
  },
  /** Most of them are published together with others, in a thread. */
  smallCopies(index: number): Call {
    return call(sources.small(index), `target-${index}`, { isRefused: index % 8 === 7 });
  },
  inNewFolders(index: number): Call {
    const source = index % 2 ? sources.small : sources.tree;
    return call(source(index), `new-${index}/and/deeper`);
  },
  links(index: number): Call {
    const source = index % 2 ? sources.small : sources.tree;
    return call(source(index), `target-${index}`, { method: 'symlink_copy' });
  },
  slowCopies(index: number): Call {
    const source = [sources.slow, sources.large, sources.tree, sources.large][index % 4] ?? sources.slow;
    return call(source(index), `target-${index}`);
  },
  inDatasets(index: number): Call {
    return call(sources.small(index), `dataset-${index % 2}/${index}`);
  },
};

const callsOf = (kind: (index: number) => Call): Call[] =>
  Array.from({ length: sourceCount }, (_, index) => kind(index));

/** Makes all calls of a kind concurrently, each with its own request. */
export function stageAll(url: string, inbox: string, kind: (index: number) => Call): Promise<Outcome[]> {
  const client = clientOf(url);
  const wanted = callsOf(kind);
  return Promise.all(wanted.map((one) => stageOne(client, inbox, one)));
}

async function stageOne(client: Client, inbox: string, one: Call): Promise<Outcome> {
  const { method, source, target, isRefused } = one;
  const answer = await client.post(`/stage_data?${new URLSearchParams({ method, username: 'mallory' })}`, {
    local_path_on_storage: source,
    relative_path: `${inbox}${target}`,
    ...(isRefused && { sha256: '0'.repeat(64) }),
  });
  if (answer.status !== 200) return { call: one, result: answer.problem().code, sha256: null };
  const { id } = answer.staged().operation;
  const { outcome, sha256 } = await client.operation(id);
  return { call: one, result: outcome ?? 'without outcome', sha256 };
}

/** Requests copies without waiting for them. @returns the ids of their operations */
export async function acceptCopies(url: string): Promise<string[]> {
  const ids: string[] = [];
  const accepted = callsOf(calls.slowCopies).map(async ({ source, target }) => {
    const body = { local_path_on_storage: source, relative_path: `inbox/${target}` };
    const query = 'method=local_copy&username=mallory';
    const answer = await clientOf(url).post(`/stage_data?${query}`, body, { prefer: 'respond-async' });
    ids.push(acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id);
  });
  await Promise.all(accepted);
  return ids;
}

/** The results of accepted copies. */
export async function outcomesOf(url: string, ids: readonly string[]): Promise<Outcome[]> {
  const operations = await Promise.all(ids.map((id) => clientOf(url).operation(id)));
  return callsOf(calls.slowCopies).map((one) => {
    const recorded = operations.find(({ relative_path: path }) => path === `inbox/${one.target}`);
    const result = recorded?.outcome ?? recorded?.error_code ?? 'without outcome';
    return { call: one, result, sha256: recorded?.sha256 ?? null };
  });
}

/** Makes all calls as items of all-or-nothing batches. */
export async function stageDatasets(url: string, inbox: string): Promise<Outcome[]> {
  const batches = batchClientOf(() => url);
  const wanted = callsOf(calls.inDatasets);
  const folders = new Set(wanted.map(({ target }) => target.replace(/\/.*/, '')));
  const ended = [...folders].map(async (folder) => {
    const items = wanted.filter(({ target }) => target.startsWith(`${folder}/`));
    const body = {
      items: items.map(({ source, target }) => ({
        local_path_on_storage: source,
        relative_path: `${inbox}${target}`,
      })),
      relative_path: `${inbox}${folder}`,
      all_or_nothing: true,
    };
    const { id } = await batches.begin('method=local_copy&username=mallory', body);
    const { operations, error_code: code } = await batches.ended(id);
    return items.map((item): Outcome => {
      const recorded = operations.find(({ relative_path: path }) => path === `${inbox}${item.target}`);
      const result = recorded?.phase === 'COMPLETED' ? recorded.outcome : (code ?? recorded?.error_code);
      return { call: item, result: result ?? 'without outcome', sha256: recorded?.sha256 ?? null };
    });
  });
  return (await Promise.all(ended)).flat();
}

/** Why the record of a call is wrong; undefined if it is right. */
export async function lieOf(
  { call: { source, target, method, isTree, isRefused }, result, sha256 }: Outcome,
  folder: string,
  { sourceStorage }: AttackedStorage,
): Promise<string | undefined> {
  if (result !== 'staged') return undefined;
  if (isRefused) return `${target} is staged, although it has another digest`;
  const original = join(sourceStorage, source, isTree ? 'file' : '');
  const published = await findPublished(folder, `${target}${isTree ? '/file' : ''}`);
  if (!published) return `${target} is staged, and not there`;
  const [stat, sourceStat] = [await lstat(published), await lstat(original)];
  if (method === 'symlink_copy') {
    return stat.ino === sourceStat.ino ? undefined : `${target} is no link to its source`;
  }
  const [digest, wanted] = [await sha256Of(published), await sha256Of(original)];
  if (digest !== wanted) return `${target} is staged, and has other bytes than its source`;
  if (!isTree && sha256 !== wanted) return `the digest of ${target} is not that of its source`;
  const state = `${stat.uid} ${(stat.mode & 0o7777).toString(8)} ${stat.nlink}`;
  return state === `${mallory} 400 1` ? undefined : `${target} is published as ${state}`;
}

/** Where the attacker has moved the published data, or its folder. */
async function findPublished(folder: string, target: string): Promise<string | undefined> {
  const [first = '', ...rest] = target.split('/');
  const names = await readdir(folder);
  const moved = names.filter((name) => name === `_taken.${first}` || name.startsWith(`_moved.${first}.`));
  for (const name of [...moved, first]) {
    const path = join(folder, name, ...rest);
    if (await lstat(path).catch(() => undefined)) return path;
  }
  return undefined;
}
