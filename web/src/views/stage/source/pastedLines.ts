/** A path in the field for paths, and its line, from 1. */
interface PastedLine {
  readonly number: number;
  readonly path: string;
}

/** The paths in a text, one in a line; empty lines have none. */
export function linesOf(text: string): readonly PastedLine[] {
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, path: line.trim() }))
    .filter(({ path }) => path !== '');
}

/** The text with other lines, or none, in place of those with this path. */
export function replaceLine(text: string, path: string, lines: readonly string[]): string {
  return text
    .split('\n')
    .flatMap((line) => (line.trim() === path ? lines : [line]))
    .join('\n');
}
