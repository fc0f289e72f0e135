/**
 * Characters that JSON need not escape, and that steer a terminal or turn the direction of text: DEL, C1 controls, format
 * characters, and the line separators of Unicode.
 */
const steering = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

/** A line of JSON with the same content that does nothing to the terminal it is shown on, nor to the order of its text. */
export function escapeLine(line: string): string {
  return line.replace(steering, (character) => character.split('').map(escapeUnit).join(''));
}

/** JSON escapes what is beyond 16 bits as two halves (RFC 8259 §7). */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
