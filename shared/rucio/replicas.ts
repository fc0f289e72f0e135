import * as z from 'zod';
import type { RucioConfig } from '../config/rucioConfig.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type AskedDid, type Did, didName, parseValue } from './dids.ts';
import type { RucioClient } from './rucioClient.ts';
import { unexpected } from './rucioErrors.ts';

/** How many files are located at a time. */
export const filesPerRequest = 500;

const replicaSchema = z.object({ rse: z.string(), type: z.string() });

const fileSchema = z.object({
  scope: z.string(),
  name: z.string(),
  bytes: z.number().nullable(),
  adler32: z.string().nullish(),
  md5: z.string().nullish(),
  pfns: z.record(z.string(), replicaSchema),
  states: z.record(z.string(), z.string()).default({}),
});

/** A file of the catalogue, and the addresses of its immediately readable replicas, the best first. */
export interface LocatedFile extends Did {
  readonly bytes: number | null;
  readonly adler32?: string | null | undefined;
  readonly md5?: string | null | undefined;
  readonly pfns: readonly string[];
  /** The RSEs of this site that have it on tape only. */
  readonly onTape: readonly string[];
}

/** The replicas of files at this site: AVAILABLE ones only, on disk, in Rucio's order. @throws RUCIO_… */
export async function locateFiles(
  rucio: RucioClient,
  { rseExpression }: Pick<RucioConfig, 'rseExpression'>,
  dids: readonly Did[],
  token: AskedDid['token'],
  signal: AbortSignal,
): Promise<readonly LocatedFile[]> {
  const wanted = dids.map(({ scope, name }) => ({ scope, name }));
  const body = { dids: wanted, rse_expression: rseExpression };
  const answer = await rucio.call({ method: 'POST', path: '/replicas/list', body, token }, signal);
  if (answer.status !== 200) throw unexpected(answer);
  return answer.values.map((value) => {
    const { pfns, states: _states, ...file } = parseValue(fileSchema, value, answer);
    // Rucio writes them in the order of their priority.
    const replicas = Object.entries(pfns);
    const onDisk = replicas.filter(([, { type }]) => type !== 'TAPE');
    const onTape = replicas.filter(([, { type }]) => type === 'TAPE');
    return { ...file, pfns: onDisk.map(([pfn]) => pfn), onTape: onTape.map(([, { rse }]) => rse) };
  });
}

/**
 * The error for a file without a readable replica here: it names the sites that have one, and its state. If that query
 * fails, too, it contains less.
 */
export async function notLocal(
  rucio: RucioClient,
  did: AskedDid,
  onTape: readonly string[],
  signal: AbortSignal,
): Promise<StagingError> {
  const reason =
    onTape.length > 0
      ? `at this site it is only on tape (${onTape.join(', ')})`
      : await otherPlaces(rucio, did, signal).catch(() => undefined);
  signal.throwIfAborted();
  return new StagingError('DID_NOT_LOCAL', {
    did: didName(did),
    reason: reason ?? 'Rucio does not say where else it is',
  });
}

const datasetReplicaSchema = z.object({ rse: z.string() });

/** The RSEs that have a file, or parts of a dataset; for a container this cannot be queried quickly. @throws RUCIO_… */
export async function sitesOf(
  rucio: RucioClient,
  did: AskedDid,
  type: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (type === 'FILE') return (await placesOf(rucio, did, signal)).map(([rse]) => rse);
  if (type === 'CONTAINER') return [];
  const path = `/replicas/${encodeURIComponent(did.scope)}/${encodeURIComponent(did.name)}/datasets?deep=True`;
  const answer = await rucio.call({ path, token: did.token }, signal);
  if (answer.status !== 200) return [];
  return answer.values.map((value) => parseValue(datasetReplicaSchema, value, answer).rse);
}

async function otherPlaces(rucio: RucioClient, did: AskedDid, signal: AbortSignal): Promise<string> {
  const places = (await placesOf(rucio, did, signal)).map(([rse, state]) =>
    state === 'AVAILABLE' ? rse : `${rse} (${state})`,
  );
  return places.length > 0 ? `it is at ${places.join(', ')}` : 'no site has it';
}

/** The RSEs that have a replica of a file, in any state. */
async function placesOf(
  rucio: RucioClient,
  { scope, name, token }: AskedDid,
  signal: AbortSignal,
): Promise<readonly (readonly [rse: string, state: string])[]> {
  const body = { dids: [{ scope, name }], all_states: true };
  const answer = await rucio.call({ method: 'POST', path: '/replicas/list', body, token }, signal);
  if (answer.status !== 200) throw unexpected(answer);
  const [first] = answer.values;
  return first === undefined ? [] : Object.entries(parseValue(fileSchema, first, answer).states);
}
