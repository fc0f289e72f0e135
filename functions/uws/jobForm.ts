import * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { batchMethodSchema } from '../../shared/http/contract/batches.ts';
import { expectedDigestsSchema } from '../../shared/http/contract/staging.ts';
import { digestsOf } from '../../shared/http/staging/stagingCall.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { findStagingMethod, type StagingMethodName } from '../../shared/model/methods.ts';
import type { NewOperation } from '../../shared/model/operations/lifecycle.ts';
import { usernameSchema } from '../../shared/model/paths.ts';

/** ISO 8601; without a zone it is UTC (UWS 1.1 §2.2.2.1). */
export const dateTime = z
  .union([z.iso.datetime({ offset: true }), z.iso.datetime({ local: true }), z.iso.date()])
  .transform(
    (text) =>
      new Date(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}${text.includes('T') ? 'Z' : ''}`),
  );

/**
 * Parameters that clients send to any service of the Virtual Observatory (DALI 1.1 §3.4, TAP 1.1 §2.7), which are
 * ignored here.
 */
export const ignoredParameters: readonly string[] = [
  'request',
  'version',
  'lang',
  'responseformat',
  'format',
  'maxrec',
  'upload',
];

/** The fields that a client may send to a job: parameters, all or some, and changes of its state. */
export const jobFormSchema = z
  .strictObject({
    // Any text is accepted, because an unknown method has an error of its own.
    method: z.string().meta({ override: { enum: batchMethodSchema.options } }),
    username: usernameSchema,
    local_path_on_storage: z.string(),
    relative_path: z.string(),
    ...expectedDigestsSchema.shape,
    runid: z.string().max(255),
    phase: z.enum(['RUN', 'ABORT']),
    action: z.literal('DELETE'),
    destruction: dateTime,
    executionduration: z.coerce.number().int().min(0),
  })
  .partial();

export type JobForm = z.output<typeof jobFormSchema>;

/**
 * Parses the parameters that a client sends to a job. Their names are case-insensitive (DALI 1.1 §3.1).
 * @throws BODY_INVALID
 */
export function parseJobForm(parameters: URLSearchParams): JobForm {
  const given: Record<string, string | string[]> = {};
  const names = [...parameters.keys()].map((key) => key.toLowerCase());
  for (const name of new Set(names.filter((name) => !ignoredParameters.includes(name)))) {
    const values = [...parameters].filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
    // A list is not a string, so the schema refuses repeated parameters.
    given[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return parsePart({ name: 'body', value: given, schema: jobFormSchema, isUrlEncoded: true });
}

/** The parameters of a job after a form is applied to them. @throws INVALID_METHOD, DOWNLOAD_NEEDS_CLIENT */
export function applyJobForm(form: JobForm, before: JobRequest = emptyRequest): JobRequest {
  return {
    method: form.method === undefined ? before.method : jobMethod(form.method),
    username: form.username ?? before.username,
    localPathOnStorage: form.local_path_on_storage ?? before.localPathOnStorage,
    relativePath: form.relative_path ?? before.relativePath,
    runId: form.runid ?? before.runId ?? null,
    expectedDigests: { ...before.expectedDigests, ...digestsOf(form) },
  };
}

/** The parameters of a job: an operation's request, which may be incomplete while the job is PENDING. */
type JobRequest = Omit<NewOperation, 'requestId' | 'phase'>;

const emptyRequest: JobRequest = {
  method: null,
  username: null,
  localPathOnStorage: null,
  relativePath: null,
  runId: null,
  expectedDigests: {},
};

function jobMethod(name: string): StagingMethodName {
  const method = findStagingMethod(name);
  if (!method) throw new StagingError('INVALID_METHOD', { method: name.slice(0, 100) });
  if (method === 'direct_download') throw new StagingError('DOWNLOAD_NEEDS_CLIENT');
  return method;
}
