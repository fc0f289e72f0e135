import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { settingsSchema } from '../../../shared/config/settings.ts';
import { errorTable } from '../../../shared/errors/errorTable.ts';
import { routeTable } from '../../../shared/http/contract/access.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const notOurs = ['node_modules', 'dist', 'var', '.git', 'coverage', 'generated', 'fixtures'];

test('docs/errors.md shows exactly the errors of the table', () => {
  const shown = rowsOf('docs/errors.md', 5);
  const expected = Object.entries(errorTable).map(([code, error]) => [
    `\`${code}\``,
    String(error.status),
    error.class,
    error.detail,
    error.remedy,
  ]);
  expect(shown).toEqual(expected);
});

test('each error has one row, in a file that the table includes', () => {
  const rows = readdirSync(join(root, 'shared/errors/table')).flatMap((file) =>
    [...read(`shared/errors/table/${file}`).matchAll(/^ {2}([A-Z_]+): \{$/gm)].map(([, code]) => code),
  );
  expect(rows.sort()).toEqual(Object.keys(errorTable).sort());
});

test('docs/settings.md shows exactly the settings, with their allowed values', () => {
  const shown = rowsOf('docs/settings.md', 4).map(([name, _default, mayHold]) => [name, mayHold]);
  const expected = Object.entries(settingsSchema.shape).map(([name, schema]) => [
    `\`${name}\``,
    schema.description,
  ]);
  expect(shown).toEqual(expected);
});

test('docs/security.md shows exactly the routes, with their roles', () => {
  const shown = [...read('docs/security.md').matchAll(/^\| `(\/[^`]*)` \| (.*) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  const expected = routeTable.map(({ path, access }) => [
    path,
    typeof access === 'string' ? 'everybody' : access.join(', '),
  ]);
  expect(shown).toEqual(expected);
});

describe('links lead to files and headings that exist', () => {
  test.each(markdownFiles())('%s', (file) => {
    expect(brokenLinks(file)).toEqual([]);
  });
});

test.each(markdownFiles())('%s names no source file that does not exist', (file) => {
  const named = [...read(file).matchAll(/`((?:shared|functions|web|scripts|deploy|test)\/[\w./-]+\.\w+)`/g)];
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** The cells of the table with this number of columns, without its head. */
function rowsOf(file: string, columns: number): string[][] {
  return read(file)
    .split('\n')
    .filter((line) => /^\| `[A-Z0-9_]+` \|/.test(line))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((cells) => cells.length === columns);
}

function markdownFiles(directory = ''): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return notOurs.includes(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function brokenLinks(file: string): string[] {
  const targets = [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(file, target));
}

function leadsSomewhere(from: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || headingsOf(file).includes(heading);
}

/** The names that headings have in links, as GitHub makes them. */
function headingsOf(file: string): string[] {
  return [...withoutCode(read(file)).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```/gms, '');
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
