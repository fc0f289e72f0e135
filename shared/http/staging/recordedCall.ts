import type { Response } from 'express';
import { toStagingError } from '../../errors/stagingError.ts';
import { type Executor, runsWhereRequested, type Slot, type Staged } from '../../executor/executor.ts';
import { failureOf } from '../../executor/run/operationEnd.ts';
import { currentRequestId, setOperationId } from '../../logging/logContext.ts';
import { actorFor, checkSource, ownerFor } from '../../model/caller.ts';
import { findStagingMethod } from '../../model/methods.ts';
import type { Operation } from '../../model/operation.ts';
import { newOperationId } from '../../model/operationId.ts';
import type { NewOperation } from '../../model/operations/lifecycle.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Dependencies } from '../../service/dependencies.ts';
import { parseRequest } from '../../staging/parseRequest.ts';
import type { StagingMethod, StagingRequest } from '../../staging/stagingMethod.ts';
import { rememberOperation } from '../app.ts';
import { callerOf } from '../callers.ts';
import {
  checkAllowed,
  digestsOf,
  readIdempotencyKey,
  type StagingCall,
  type StagingOrder,
} from './stagingCall.ts';
import { answerTimeOf, rucioTokenOf } from './stagingHeaders.ts';
import { checkWaiting } from './waitingLimit.ts';

/** A call that is recorded and valid. */
export interface RecordedCall {
  /** Whether it repeats an earlier call; it then has that call's operation. */
  readonly isReplay: boolean;
  readonly operation: Operation;
  readonly order: StagingOrder;
  readonly request: StagingRequest;
  /** The slot of the operation, which is then recorded as started. */
  readonly slot: Slot | undefined;
  /** A download begins while it is being recorded: its client waits for bytes, not for the database. */
  readonly recorded: Promise<void>;
}

/** How a call is run, if it is valid. */
interface HowToRun {
  methodFor(order: StagingOrder): StagingMethod;
  /** Whether it takes a free slot, because a client waits for its end. */
  readonly takesSlot: boolean;
}

/**
 * Records a call, valid or not; a repetition with the same Idempotency-Key is already recorded.
 * @throws StagingError for an invalid call; the record has the error, too, except for IDEMPOTENCY_KEY_REUSED
 */
export async function recordCall(
  dependencies: Dependencies,
  response: Response,
  call: StagingCall,
  how?: HowToRun,
): Promise<RecordedCall> {
  const { operations } = dependencies;
  const id = newOperationId();
  const prepared = await readRequest(dependencies, response, call, id).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  const caller = callerOf(response);
  const username = ownerFor(caller, call.username);
  const asked = {
    id,
    method: (call.methodGiven && findStagingMethod(call.methodGiven)) ?? call.methodGiven,
    username,
    actor: actorFor(caller, username),
    tokenOf: prepared.value?.order.jupyterToken === undefined ? null : ('caller' as const),
    localPathOnStorage: call.localPathOnStorage,
    relativePath: call.relativePath,
    expectedDigests: call.expectedDigests,
    lifetimeSeconds: prepared.value?.order.item.lifetime ?? null,
    replicate: prepared.value?.order.item.replicate ?? false,
    requestId: currentRequestId() ?? null,
  };
  const { operation, isNew, slot, recorded } = await recordWithSlot(dependencies, asked, prepared.value, how);
  setOperationId(operation.id);
  rememberOperation(response.locals, operation.id);
  if (prepared.value) return { ...prepared.value, operation, slot, recorded, isReplay: !isNew };
  await operations.fail(id, failureOf(toStagingError(prepared.error)));
  throw prepared.error;
}

/** As started, if there is a slot for it, which is freed if the operation is not recorded now. */
async function recordWithSlot(
  dependencies: Dependencies,
  asked: NewOperation,
  prepared: PreparedCall | undefined,
  how: HowToRun | undefined,
) {
  const { operations, executor } = dependencies;
  const method = prepared && how?.methodFor(prepared.order);
  const slot = method && how?.takesSlot ? executor.takeSlot(method, prepared.request) : undefined;
  // Other processes must not run an invalid call, or one that needs this process.
  const isOwn = !method || runsWhereRequested(method, prepared.request);
  if (prepared && !slot) await checkWaiting(dependencies, prepared.order.username, 1);
  if (slot && method?.isPacedByClient) return { ...operations.start({ ...asked, isOwn }), isNew: true, slot };
  let isNew = false;
  try {
    const recorded = await record(
      operations,
      { ...asked, isOwn, ...(slot && { phase: 'EXECUTING' as const }) },
      prepared,
    );
    isNew = recorded.isNew;
    return { ...recorded, slot: isNew ? slot : undefined, recorded: Promise.resolve() };
  } finally {
    if (!isNew) slot?.free();
  }
}

/** Once for each key of a valid request; an invalid one may be corrected and sent with the same key. */
async function record(
  operations: OperationRecord,
  asked: NewOperation,
  prepared: PreparedCall | undefined,
): Promise<{ readonly operation: Operation; readonly isNew: boolean }> {
  const { order, idempotencyKey } = prepared ?? {};
  if (!order || idempotencyKey === undefined) {
    return { operation: await operations.create(asked), isNew: true };
  }
  return operations.createOnce({ ...asked, username: order.username, idempotencyKey });
}

interface PreparedCall {
  readonly order: StagingOrder;
  readonly request: StagingRequest;
  readonly idempotencyKey: string | undefined;
}

/**
 * Records a call, valid or not, and runs it.
 * @throws StagingError for an invalid call, or the operation's error; the record has it, too
 */
export async function recordAndStage(
  dependencies: Dependencies,
  response: Response,
  call: StagingCall,
  methodFor: (order: StagingOrder) => StagingMethod,
): Promise<void> {
  const { executor } = dependencies;
  const recorded = await recordCall(dependencies, response, call, { methodFor, takesSlot: true });
  await runRecordedCall(executor, methodFor(recorded.order), recorded);
}

/**
 * Runs an operation in its slot, or waits for its end. Undefined when the signal aborts before, unless only this
 * process can run it.
 * @throws its error, after it was recorded
 */
export async function runRecordedCall(
  executor: Executor,
  method: StagingMethod,
  { slot, request, operation, recorded }: RecordedCall,
  signal?: AbortSignal,
): Promise<Staged | undefined> {
  return slot
    ? slot.run(method, request, { operation, recorded })
    : executor.run(method, request, operation, signal);
}

async function readRequest(
  { config }: Dependencies,
  response: Response,
  call: StagingCall,
  operationId: string,
): Promise<PreparedCall> {
  const order = call.parse();
  checkAllowed(order, config);
  const { item, method, username, jupyterToken } = order;
  const parts = {
    operationId,
    method,
    username,
    sourcePath: item.local_path_on_storage,
    targetPath: item.relative_path,
    expectedDigests: digestsOf(item),
    jupyterToken,
    rucioToken: rucioTokenOf(response.req, config),
    replicate: item.replicate,
    isAwaited: answerTimeOf(response.req, response, config.syncTimeoutMs).waitMs > 0,
  };
  // A download changes nothing: it may be repeated any number of times.
  const idempotencyKey = method === 'direct_download' ? undefined : readIdempotencyKey(response.req);
  const request = parseRequest(parts, config);
  const use = method === 'direct_download' ? 'read' : 'stage';
  checkSource(callerOf(response), request.source, use, config.identity.projects);
  return { order, request, idempotencyKey };
}
