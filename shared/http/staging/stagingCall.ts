import type { Request, Response } from 'express';
import type * as z from 'zod';
import type { Config } from '../../config/config.ts';
import type { Limits } from '../../config/limitConfig.ts';
import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import { type Executor, runsWhereRequested, type Slot, type Staged } from '../../executor/executor.ts';
import { failureOf } from '../../executor/operationEnd.ts';
import { currentRequestId, setOperationId } from '../../logging/logContext.ts';
import { actorFor, checkSource, ownerFor, userFor } from '../../model/caller.ts';
import { findStagingMethod, type StagingMethodName } from '../../model/methods.ts';
import type { Digests, NewOperation, Operation } from '../../model/operation.ts';
import { newOperationId } from '../../model/operationId.ts';
import type { Username } from '../../model/paths.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Dependencies } from '../../service/dependencies.ts';
import { parseRequest } from '../../staging/parseRequest.ts';
import type { StagingMethod, StagingRequest } from '../../staging/stagingMethod.ts';
import { rememberOperation } from '../app.ts';
import { readJsonBody } from '../body/readBody.ts';
import { callerOf } from '../caller.ts';
import {
  dataItemSchema,
  expectedDigestsSchema,
  stagingQuerySchema,
  withDidAsPath,
} from '../contract/staging.ts';
import { invalidRequest, validatePart } from '../validation.ts';
import { readIdempotencyKey } from './idempotencyKey.ts';
import { answerTimeOf, readJupyterToken, rucioTokenOf } from './stagingHeaders.ts';
import { checkWaiting } from './waitingLimit.ts';

/** The error for a request without a user. */
export const usernameMissing = {
  path: 'query.username',
  message: 'is missing: give it in the query, as ?username=…',
};

/** The error for a request with the user in the wrong place, which would otherwise be for its caller. */
export const usernameInBody = {
  path: 'body.username',
  message: 'has no effect: give it in the query, as ?username=…',
};

/** A valid request to stage. */
export interface StagingOrder {
  /** The name of the method from the request, perhaps an older one. */
  readonly methodGiven: string;
  readonly method: StagingMethodName;
  readonly username: Username;
  /** The caller's own token at JupyterHub. */
  readonly jupyterToken: string | undefined;
  readonly item: z.output<typeof dataItemSchema>;
}

/** A call to stage: the values to record, valid or not, and the request parsed from it. */
export interface StagingCall {
  readonly methodGiven: string | null;
  readonly username: string | null;
  readonly localPathOnStorage: string | null;
  readonly relativePath: string | null;
  readonly expectedDigests: Digests;
  /** @throws StagingError when the call is invalid */
  parse(): StagingOrder;
}

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

/** Reads a call from the query and a JSON body. Never fails: `parse` reports what is invalid. */
export async function readStagingCall(
  request: Request,
  response: Response,
  methodGiven: unknown,
  { maxBodyBytes }: Pick<Limits, 'maxBodyBytes'>,
): Promise<StagingCall> {
  const body = await readJsonBody(request, response, maxBodyBytes).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  const wrapped = memberOf(body.value, 'data');
  const item = withDidAsPath(wrapped ?? body.value);
  const bodyPart = {
    name: wrapped === undefined ? 'body' : 'body.data',
    value: item,
    schema: dataItemSchema,
  };
  return {
    methodGiven: textOrNull(methodGiven),
    username: textOrNull(request.query['username']),
    localPathOnStorage: textOrNull(memberOf(item, 'local_path_on_storage')),
    relativePath: textOrNull(memberOf(item, 'relative_path')),
    expectedDigests: digestsOf(item),
    parse() {
      if (body.error !== undefined) throw body.error;
      const query = validatePart({ name: 'query', value: request.query, schema: stagingQuerySchema });
      const validItem = validatePart(bodyPart);
      const jupyterToken = readJupyterToken(request, response);
      const username = query.errors ? undefined : userFor(callerOf(response), query.value.username);
      const isMisplaced =
        request.query['username'] === undefined &&
        [item, body.value].some((within) => memberOf(within, 'username') !== undefined);
      const errors = [
        ...(isMisplaced ? [usernameInBody] : []),
        ...(typeof methodGiven === 'string' ? [] : [{ path: 'query.method', message: 'must be given once' }]),
        ...(query.errors ?? (username === undefined ? [usernameMissing] : [])),
        ...(validItem.errors ?? []),
      ];
      if (username === undefined || isMisplaced || validItem.errors || typeof methodGiven !== 'string')
        throw invalidRequest(errors);
      const method = findStagingMethod(methodGiven);
      if (!method) throw new StagingError('INVALID_METHOD', { method: methodGiven.slice(0, 100) });
      return { methodGiven, method, username, jupyterToken, item: validItem.value };
    },
  };
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

/** @throws INVALID_METHOD when this site does not offer the method */
export function checkAllowed(
  { method, methodGiven }: StagingOrder,
  { allowedMethods }: Pick<Config, 'allowedMethods'>,
): void {
  if (!allowedMethods.includes(method)) throw new StagingError('INVALID_METHOD', { method: methodGiven });
}

/** The digests of an item, if it is valid; else none. */
export function digestsOf(item: unknown): Digests {
  const { sha256, adler32, md5 } = expectedDigestsSchema.safeParse(item).data ?? {};
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(adler32 !== undefined && { adler32 }),
    ...(md5 !== undefined && { md5 }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
