import { coalesceWithDeadline } from '../../shared/async/coalesce.ts';
import type { Config } from '../../shared/config/config.ts';
import { StagingError, systemErrorCode } from '../../shared/errors/stagingError.ts';
import type { Overview } from '../../shared/http/contract/answers/site.ts';
import { healthNames } from '../../shared/http/contract/site.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { readinessChecks } from '../../shared/service/readiness.ts';
import { createObjectBrowser } from '../../shared/storage/objects/objectBrowser.ts';

type Health = Overview['health'][number];
type HealthName = (typeof healthNames)[number];

/** How long a component may take to answer, in ms, before it counts as down. */
const answerMs = 3000;
const tooLate = `no answer in ${answerMs / 1000} seconds`;

/** Checks the health of all components, each by one small request. Error details contain no secrets. */
export function createHealthChecks({
  config,
  operations,
  queue,
}: Pick<Dependencies, 'config' | 'operations' | 'queue'>): () => Promise<Health[]> {
  const { database, source_storage, target_storage, redis } = readinessChecks({ config, operations, queue });
  const checks: Record<HealthName, (() => Promise<unknown>) | undefined> = {
    database,
    source_storage,
    user_areas: target_storage,
    jupyterhub: config.jupyterHub.token && (() => askHub(config.jupyterHub.url)),
    object_store: config.s3.sourceBuckets.length > 0 ? createBucketCheck(config.s3) : undefined,
    redis,
  };
  const asks = healthNames.map((name) => ({ name, ask: createAsk(checks[name]) }));
  return () => Promise.all(asks.map(async ({ name, ask }) => ({ name, ...(await ask()) })));
}

type State = Omit<Health, 'name'>;

function createAsk(check: (() => Promise<unknown>) | undefined): () => Promise<State> {
  if (!check) return async () => ({ state: 'not_configured', detail: null });
  const ask = coalesceWithDeadline(answerMs, async (): Promise<State> => {
    try {
      await check();
      return { state: 'ok', detail: null };
    } catch (error) {
      return { state: 'down', detail: explain(error) };
    }
  });
  return async () => (await ask()) ?? { state: 'down', detail: tooLate };
}

/** Our own errors are safe to show; of others only the system's error code is shown. */
function explain(error: unknown): string {
  if (error instanceof StagingError) return error.message;
  if (error instanceof DOMException && error.name === 'TimeoutError') return tooLate;
  return systemErrorCode(error) ?? 'it failed';
}

/** Its version, which is public (JupyterHub REST API, `GET /`). */
async function askHub(url: string): Promise<void> {
  const signal = AbortSignal.timeout(answerMs);
  const answer = await fetch(`${url}/hub/api/`, { signal, redirect: 'manual' }).catch((cause: unknown) => {
    const reason = signal.aborted ? tooLate : (systemErrorCode(causeOf(cause)) ?? 'no connection');
    throw new StagingError('JUPYTER_UNREACHABLE', { reason }, { cause });
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new StagingError('JUPYTER_UNREACHABLE', { reason: `status ${answer.status}` });
}

/** `fetch` only reports that it failed; the reason is in its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** Lists one object of each bucket, which needs the credentials and permissions of staging. */
function createBucketCheck(config: Config['s3']): () => Promise<void> {
  const objects = createObjectBrowser(config);
  return async () => {
    const signal = AbortSignal.timeout(answerMs);
    const lists = config.sourceBuckets.map((bucket) =>
      objects.list({ given: `s3://${bucket}/`, bucket, key: '' }, { limit: 1 }, signal),
    );
    await Promise.all(lists);
  };
}
