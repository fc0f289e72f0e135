import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** As bytes: the same file name in two old encodings, and others. */
const names = ['scan\xe9', 'scan\xe8', `\xff${'x'.repeat(200)}`, '\xc3\xa9t\xc3\xa9', 'plain'];

const times = ['-157766400', '-0.5', '2208988800', '9999999999', '1700000000.123456789'];

let directory: string;
let service: StagingService;
let archive: Buffer;
beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory);
  const tree = join(service.sourceStorage, 'tree');
  const deep = bytes(`${tree}/folder\xe9/${'deep/'.repeat(30)}`);
  await mkdir(deep, { recursive: true });
  for (const folder of [bytes(tree), deep]) {
    for (const name of names) await writeFile(bytes(`${folder.toString('latin1')}/${name}`), bytes(name));
  }
  for (const time of times) {
    const file = join(tree, `time ${time}`);
    await writeFile(file, time);
    execFileSync('touch', ['--date', `@${time}`, file]);
  }
  const answer = await fetch(`${service.url}/download/tree`);
  archive = Buffer.from(await answer.arrayBuffer());
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** All paths in a tree, with their sizes and exact modification times. */
function listTree(path: string): string[] {
  const format = '%P %s %T@\n';
  const found = execFileSync('find', [path, '-type', 'f', '-printf', format, '-or', '-printf', '%P %T@\n']);
  return found.toString('latin1').split('\n').sort();
}

test('tar unpacks every name and every time unchanged', async () => {
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  execFileSync('tar', ['--extract', '--file=-', '--directory', unpacked], {
    input: archive,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const expected = listTree(join(service.sourceStorage, 'tree'));
  expect(expected.length).toBeGreaterThan(40);
  expect(listTree(join(unpacked, 'tree'))).toEqual(expected);
});

test('Python reads the same names and times', () => {
  const program = `
import os, sys, tarfile
for member in tarfile.open(fileobj=sys.stdin.buffer, mode='r|'):
    time = member.pax_headers['mtime']
    assert member.mtime == float(time)
    if member.isfile(): sys.stdout.buffer.write(b'%s %d %s\\n' % (os.fsencode(member.name), member.size, time.encode()))`;
  const environment = { ...process.env, LC_ALL: 'C.UTF-8' };
  const read = execFileSync('python3', ['-c', program], { input: archive, env: environment });
  const members = read.toString('latin1').split('\n');
  for (const name of names) {
    expect(members).toContainEqual(expect.stringMatching(`^tree/${name} ${name.length} `));
    const deep = `tree/folder\xe9/${'deep/'.repeat(30)}${name}`;
    expect(members).toContainEqual(expect.stringMatching(`^${deep} ${name.length} `));
  }
  const timesRead = members
    .filter((member) => member.includes('time '))
    .map((member) => member.split(' ')[3]);
  expect(timesRead.sort()).toEqual(times.toSorted());
});

test('copies have the same times, to the microsecond, the precision of Node.js', async () => {
  const client = clientOf(service.url);
  expect((await client.stage('local_copy', 'tree', 'tree')).status).toBe(200);
  const alone = await Promise.all(
    times.map((time) => client.stage('local_copy', `tree/time ${time}`, `alone ${time}`)),
  );
  expect(alone.map(({ status }) => status)).toEqual(times.map(() => 200));
  const timeOf = (path: string) => execFileSync('stat', ['--format=%.6Y', path]).toString();
  for (const time of times) {
    const source = timeOf(join(service.sourceStorage, 'tree', `time ${time}`));
    for (const copy of [`tree/time ${time}`, `alone ${time}`]) {
      expect(timeOf(join(service.userAreas, 'alice', copy))).toBe(source);
    }
  }
});
