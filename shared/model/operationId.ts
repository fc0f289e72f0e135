import { v7, validate } from 'uuid';

const bytesOfId = 16;

/** Random bytes for the next ids: requesting them one id at a time takes ten times as long as the rest. */
const pool = new Uint8Array(256 * bytesOfId);
let used = pool.length;

const last = { msecs: 0, seq: 0 };

/** A new id, greater than all earlier ids of this process: of the same millisecond, by a counter (RFC 9562 §6.2). */
export function newOperationId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + bytesOfId);
  used += bytesOfId;
  const msecs = Date.now();
  if (msecs > last.msecs)
    Object.assign(last, { msecs, seq: new DataView(random.buffer).getUint32(random.byteOffset) >>> 1 });
  else last.seq += 1;
  return v7({ random, ...last });
}

/** When the id was created, to the millisecond. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16));
}

/** The smallest possible id of this time, so that the index on ids also serves for times. */
export function smallestIdAt(time: Date): string {
  const milliseconds = Math.min(Math.max(Math.ceil(time.getTime()), 0), 2 ** 48 - 1);
  const hex = milliseconds.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Whether the text is an id. Other texts need no query, and some would be mistaken for ids by a database. */
export function isOperationId(text: string): boolean {
  return validate(text);
}
