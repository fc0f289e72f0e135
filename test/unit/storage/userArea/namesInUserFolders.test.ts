import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

// Users can write in their folders, so a name there may lead elsewhere at every call. Functions that change, move or
// remove by name may therefore be imported only where the names are in closed directories, or in the service's own.

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Functions of `node:fs` that change the target of a name: none may be used; descriptors have their own. */
const changing = [
  'chmod',
  'chown',
  'lchown',
  'lchmod',
  'utimes',
  'lutimes',
  'truncate',
  'appendFile',
  'writeFile',
  'cp',
];

/** Functions that remove, move or replace by name, and the files that may use them. */
const removing = ['unlink', 'rmdir', 'rm', 'rename'];
const removers = [
  // Accepts only closed directories.
  'shared/storage/userArea/closedDirectory.ts',
  // Runs in a thread, and is called only by the file above.
  'shared/storage/threads/removeTask.ts',
  // Removes the file with a random name that it has created in the root of the user areas.
  'shared/service/readiness.ts',
];

/** Each file of the service with its text. */
const files = ['shared', 'functions']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((path) => path.endsWith('.ts') && !path.includes('/generated/'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** The names that a text imports from `node:fs`, without `Sync`; `all` if it imports everything. */
function importedOf(text: string): string[] {
  const imports = text.matchAll(/import\s+(type\s)?([^;]*?)\s+from\s+'(?:node:)?fs(?:\/promises)?'/g);
  return [...imports].flatMap(([, type, what = '']) => {
    if (type) return [];
    if (!what.startsWith('{')) return [`all: ${what}`];
    const names = what.slice(1, -1).split(',');
    return names.map((name) =>
      name
        .trim()
        .replace(/ as .*/, '')
        .replace(/Sync$/, ''),
    );
  });
}

function importersOf(names: readonly string[]): string[] {
  return files
    .filter(({ text }) => importedOf(text).some((name) => names.includes(name)))
    .map(({ path }) => path);
}

test('nothing is changed by its name', () => {
  expect(importersOf(changing)).toEqual([]);
});

test('nothing is removed, moved or replaced by its name, except in closed directories', () => {
  expect(importersOf(removing).sort()).toEqual([...removers].sort());
});

test('threads remove entries only in closed directories', () => {
  const askers = files.filter(({ text }) => text.includes("'removeEntry'")).map(({ path }) => path);
  expect(askers).toEqual(['shared/storage/userArea/closedDirectory.ts']);
});

test('file system functions are called only by their names, which this test can find', () => {
  const hidden = files.filter(({ text }) => {
    const isWhole = importedOf(text).some((name) => !/^(type )?\w*$/.test(name) || name === 'promises');
    return isWhole || /(import|require)\(\s*['"`](node:)?fs/.test(text);
  });
  expect(hidden.map(({ path }) => path)).toEqual([]);
  expect(importersOf(['open']).length).toBeGreaterThan(3);
});

test('only the verification creates a closed directory', () => {
  const casts = files.filter(({ text }) => /\bas ClosedDirectory\b|is ClosedDirectory\b/.test(text));
  expect(casts.map(({ path }) => path)).toEqual(['shared/storage/userArea/closedDirectory.ts']);
});
