import * as z from 'zod';
import { parseJson } from '../../model/parseJson.ts';
import type { StateAlgorithm } from '../digest/digests.ts';
import { checkpointLine, checkpointLineBytes } from './checkpoints.ts';

/** The properties of a part in its log. */
export interface CheckpointHeader {
  readonly operationId: string;
  /** The version of the copied source. */
  readonly source: string;
  readonly stretchBytes: number;
  /** The algorithm of the states. */
  readonly algorithm: StateAlgorithm;
  /** The inode of the part file, so that no other file is mistaken for it. */
  readonly inode: string;
  /** The worker that writes the part (see `workerId.ts`). */
  readonly worker: string;
}

/** A log as it was found: for each section that is certainly in the part, the state of the checksum at its end. */
export interface CheckpointLog {
  readonly header: CheckpointHeader;
  readonly headerBytes: number;
  readonly states: readonly string[];
  /** Whether its writer has noted that it has stopped writing. */
  readonly isClosed: boolean;
}

/** The last line of a log whose writer no longer writes to the part. */
export const closedLine = 'closed\n';

const headerSchema = z
  .object({
    version: z.literal(1),
    operationId: z.string(),
    source: z.string(),
    stretchBytes: z.int().positive(),
    algorithm: z.enum(['adler32', 'xxhash64']),
    inode: z.string(),
    worker: z.string(),
  })
  .transform(({ version: _version, ...header }) => header);

/** The text of a log: a line of JSON, then one of fixed length for each checkpoint. */
export function formatLog(header: CheckpointHeader, states: readonly string[] = []): string {
  return `${JSON.stringify({ version: 1, ...header })}\n${states.map(checkpointLine).join('')}`;
}

/** Reads the text of a log, up to the first incomplete line; undefined if its header is invalid. */
export function parseLog(text: string): CheckpointLog | undefined {
  const headerBytes = text.indexOf('\n') + 1;
  const header = headerSchema.safeParse(parseJson(text.slice(0, headerBytes))).data;
  if (!header) return undefined;
  const states: string[] = [];
  for (let at = headerBytes; ; at += checkpointLineBytes) {
    const [, state] = /^([0-9a-f]{16})\n$/.exec(text.slice(at, at + checkpointLineBytes)) ?? [];
    if (state === undefined)
      return { header, headerBytes, states, isClosed: text.startsWith(closedLine, at) };
    states.push(state);
  }
}
