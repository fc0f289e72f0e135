/** How GNU coreutils escape a name in a line of checksums. */
const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

/** A line as `sha256sum` writes it, and `sha256sum -c` reads it. The path has one character for each byte. */
export function checksumLine(digest: string, path: string): string {
  const escaped = path.replaceAll(/[\\\n\r]/g, (character) => escapes.get(character) ?? character);
  return `${escaped === path ? '' : '\\'}${digest}  ${escaped}\n`;
}

/** The digest and the path of such a line, without its line end. */
export function parseChecksumLine(line: string): { readonly digest: string; readonly path: string } {
  const isEscaped = line.startsWith('\\');
  const text = isEscaped ? line.slice(1) : line;
  const end = text.indexOf('  ');
  const name = text.slice(end + 2);
  const read = (_: string, character: string) =>
    character === 'n' ? '\n' : character === 'r' ? '\r' : character;
  return { digest: text.slice(0, end), path: isEscaped ? name.replaceAll(/\\(.)/g, read) : name };
}
