import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { openMounted } from '../../../../shared/storage/mounted/mountedSource.ts';
import { createSourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';
import { sourceContract } from '../../../contracts/storage/source.ts';

describe('mounted storage', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mounted-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const open = (path: string) =>
    openMounted(parseSourcePath(path, directory), createSourceStorage(directory));
  sourceContract(() => ({
    async put(path, bytes) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), bytes);
    },
    openFile: open,
    openTree: open,
  }));
});
