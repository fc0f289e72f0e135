import * as z from 'zod';
import { stretchLine, stretchLineBytes } from './stretches.ts';

/** What a log says of the part that it belongs to. */
export interface StretchHeader {
  readonly operationId: string;
  /** The version of the source that is copied. */
  readonly source: string;
  readonly stretchBytes: number;
  /** The inode of the part file, so that no other file is taken for it. */
  readonly inode: string;
  /** The process that writes the part (see `worker.ts`). */
  readonly worker: string;
}

/** A log as it was found: the checksum of each stretch that is in the part for certain. */
export interface StretchLog {
  readonly header: StretchHeader;
  readonly headerBytes: number;
  readonly checksums: readonly number[];
}

const headerSchema = z.object({
  version: z.literal(1),
  operationId: z.string(),
  source: z.string(),
  stretchBytes: z.int().positive(),
  inode: z.string(),
  worker: z.string(),
});

/** The text of a log: a line of JSON, then one of fixed length for each stretch. */
export function formatLog(header: StretchHeader, checksums: readonly number[] = []): string {
  return `${JSON.stringify({ version: 1, ...header })}\n${checksums.map(stretchLine).join('')}`;
}

/** Reads the text of a log, up to the first line that is not whole; undefined when its header is none of ours. */
export function parseLog(text: string): StretchLog | undefined {
  const headerBytes = text.indexOf('\n') + 1;
  const header = parseHeader(text.slice(0, headerBytes));
  if (!header) return undefined;
  const checksums: number[] = [];
  for (let at = headerBytes; ; at += stretchLineBytes) {
    const [, hex] = /^([0-9a-f]{8})\n$/.exec(text.slice(at, at + stretchLineBytes)) ?? [];
    if (hex === undefined) return { header, headerBytes, checksums };
    checksums.push(Number.parseInt(hex, 16));
  }
}

function parseHeader(line: string): StretchHeader | undefined {
  try {
    return headerSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
