import * as z from 'zod';
import { parsePart } from '../../shared/http/validation.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import { type Operation, type Phase, phases } from '../../shared/model/operation.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';
import { dateTime } from './jobForm.ts';

/**
 * The maximum number of jobs in one list. The others are found with AFTER, or by `GET /operations`, which has pages.
 */
const maxJobs = 1000;

/** All phases of UWS 1.1 (§2.2.3.1); operations never have the last ones. */
export const jobPhases = [...phases, 'HELD', 'SUSPENDED', 'UNKNOWN', 'ARCHIVED'] as const;

/** Which jobs to list. */
export const jobListQuerySchema = z.object({
  phase: z.array(z.enum(jobPhases)),
  after: z.array(dateTime).max(1),
  last: z.array(z.coerce.number().int().min(1)).max(1),
});

/**
 * The jobs for a query with PHASE, AFTER and LAST (UWS 1.1 §2.2.2.1), newest first, at most 1000. @throws BODY_INVALID
 */
export async function listJobs(
  operations: OperationRecord,
  parameters: URLSearchParams,
  viewer: Viewer,
): Promise<readonly Operation[]> {
  const value = {
    phase: valuesOf(parameters, 'phase'),
    after: valuesOf(parameters, 'after'),
    last: valuesOf(parameters, 'last'),
  };
  const { phase, after, last } = parsePart({ name: 'query', value, schema: jobListQuerySchema });
  const limit = Math.min(last[0] ?? maxJobs, maxJobs);
  // AFTER means strictly later, and the record has a resolution of a millisecond.
  const since = after[0] && new Date(after[0].getTime() + 1);
  const list = (only?: Phase) =>
    operations.list({ phase: only, since, notDestroyedBy: new Date() }, { limit }, viewer);
  const pages = phase.length === 0 ? [await list()] : await Promise.all(phasesAmong(phase).map(list));
  const jobs = pages.flatMap((page) => page.operations);
  return jobs.sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, limit);
}

/** The values of a parameter, whose name is case-insensitive. */
export function valuesOf(parameters: URLSearchParams, name: string): string[] {
  return [...parameters].filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

function phasesAmong(asked: readonly (typeof jobPhases)[number][]): Phase[] {
  return phases.filter((phase) => asked.includes(phase));
}
