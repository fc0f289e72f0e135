import { execFileSync } from 'node:child_process';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { errorTable } from '../../../shared/errors/errorTable.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const started = serviceWithSources({});

/** Root may remove anything, so the owner is another user if possible. */
const owner = process.getuid?.() === 0 ? 12_345 : process.getuid?.();

test.each(['local_copy', 'symlink_copy'])(
  'the remedy for data staged by %s works as written',
  async (method) => {
    const { service } = started();
    const area = join(service.userAreas, method);
    await mkdir(join(service.sourceStorage, method, 'inside'), { recursive: true });
    await writeFile(join(service.sourceStorage, method, 'inside', 'file'), 'data');
    await mkdir(area);
    if (owner !== undefined) await chown(area, owner, owner);
    const stage = async (source: string, target = 'staged') =>
      clientOf(service.url).stage(method, source, target, method);
    expect((await stage(method)).staged().operation.outcome).toBe('staged');
    const { remedy } = (await stage(`${method}/inside/file`)).problem();
    const [, command = ''] = /: (find .*)$/.exec(remedy) ?? [];
    const run = (text: string) => execFileSync('sh', ['-c', text], { cwd: area, uid: owner, stdio: 'pipe' });
    const source = join(service.sourceStorage, method, 'inside', 'file');
    const { mode } = await stat(source);
    expect(() => run('rm -rf staged')).toThrow('Permission denied');
    run(command.replaceAll('NAME', 'staged'));
    await expect(stat(join(area, 'staged'))).rejects.toThrow('ENOENT');
    expect((await stat(source)).mode).toBe(mode);
    expect((await stage(method)).staged().operation.outcome).toBe('staged');
  },
);

test('the operations guide shows the same command as the remedies', async () => {
  const [command = ''] = /find NAME .*/.exec(errorTable.TARGET_DIFFERS.remedy) ?? [];
  expect(command).not.toBe('');
  expect(await readFile('docs/operations-guide.md', 'utf8')).toContain(`\n${command}\n`);
});
