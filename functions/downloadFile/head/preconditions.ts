import type { Request } from 'express';
import fresh from 'fresh';
import parseRange from 'range-parser';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { calendarTime } from '../../../shared/model/isoTime.ts';
import type { ByteRange, FileSource } from '../../../shared/storage/source.ts';

/** How to answer a request for a file: not modified (304), one range (206), or the whole file (200). */
export type Selection = 'not_modified' | 'whole' | ByteRange;

/**
 * A file's modification time, in the precision of HTTP: seconds (RFC 9110 §8.8.2); undefined if it is not
 * representable.
 */
export function lastModified({ modifiedAtNs }: FileSource): string | undefined {
  return calendarTime(modifiedAtNs)?.toUTCString();
}

/**
 * Evaluates the conditions of a request in the order of RFC 9110 §13.2.2, and its range. Several ranges are answered
 * with the whole file, as §14.2 allows.
 * @throws PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE
 */
export function evaluateConditions(request: Request, file: FileSource): Selection {
  const version = { etag: file.entityTag, 'last-modified': lastModified(file) };
  if (!isExpectedVersion(request, version)) throw new StagingError('PRECONDITION_FAILED');
  if (fresh(conditionsOf(request), version)) return 'not_modified';
  const range = request.get('range');
  if (range === undefined || (request.method !== 'GET' && request.method !== 'POST')) return 'whole';
  if (!isRangeOfThisVersion(request, version)) return 'whole';
  const size = file.sizeBytes;
  const ranges = parseRange(size, withinSize(withLowerCaseUnit(range), size), { combine: true });
  if (ranges === -1) throw new StagingError('RANGE_NOT_SATISFIABLE', { sizeBytes: size });
  const [only] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return only ? { start: only.start, end: only.end } : 'whole';
}

/** Units are case-insensitive (RFC 9110 §14.1). */
function withLowerCaseUnit(range: string): string {
  return range.replace(/^[^=]*/, (unit) => unit.trim().toLowerCase());
}

/** A suffix range that is longer than the file is the whole file (RFC 9110 §14.1.2), unlike in the library. */
function withinSize(range: string, size: number): string {
  return range.replace(/(?<=[=,]\s*)-(\d+)/g, (_range, last) => `-${Math.min(Number(last), size)}`);
}

interface Version {
  readonly etag: string;
  readonly 'last-modified': string | undefined;
}

/** Without Cache-Control: that is for caches, and the origin's answer is always current. */
function conditionsOf(request: Request) {
  return {
    'if-none-match': request.get('if-none-match'),
    'if-modified-since': request.get('if-modified-since'),
  };
}

/**
 * If-Match and, without it, If-Unmodified-Since, which counts only if the file has a time (RFC 9110 §13.1.1, §13.1.4).
 */
function isExpectedVersion(request: Request, version: Version): boolean {
  const match = request.get('if-match');
  if (match !== undefined) return match.trim() === '*' || tagsOf(match).includes(version.etag);
  const unmodifiedSince = Date.parse(request.get('if-unmodified-since') ?? '');
  const modifiedAt = Date.parse(version['last-modified'] ?? '');
  return Number.isNaN(unmodifiedSince) || Number.isNaN(modifiedAt) || modifiedAt <= unmodifiedSince;
}

/** If-Range: a strong entity tag or an exact date (RFC 9110 §13.1.5). */
function isRangeOfThisVersion(request: Request, version: Version): boolean {
  const condition = request.get('if-range');
  if (condition === undefined) return true;
  return condition.includes('"') ? condition.trim() === version.etag : condition === version['last-modified'];
}

function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim());
}
