import { crc32, deflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** Colour types of PNG (RFC 2083 §4.1.1). */
const greyscale = { opaque: 0, withAlpha: 4 };

/**
 * Pixels as a PNG: a byte of grey each, or two with one of opacity. It takes only three chunks and zlib, so a library
 * would not save code here.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Buffer {
  const lineBytes = pixels.length / height;
  const colourType = lineBytes === width ? greyscale.opaque : greyscale.withAlpha;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  // Each line begins with the number of its filter: none.
  const lines = Buffer.alloc((lineBytes + 1) * height);
  for (let line = 0; line < height; line += 1) {
    lines.set(pixels.subarray(line * lineBytes, (line + 1) * lineBytes), line * (lineBytes + 1) + 1);
  }
  const data = deflateSync(lines, { level: 3 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Length, type, data, and the checksum of type and data (§3.2). */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
