import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { cachedDirectory } from './cachedDirectory.ts';

const run = promisify(execFile);

/** Builds a program with Go, which takes a few minutes once, and returns its path. */
export async function goProgram(title: string, packagePath: string, version: string): Promise<string> {
  const name = basename(packagePath);
  const directory = await cachedDirectory(`${name}-${version}`, async (unfinished) => {
    await run('go', ['version']).catch((cause: unknown) => {
      throw new Error(`building ${title} needs Go (https://go.dev)`, { cause });
    });
    process.stderr.write(`Building ${title} ${version} with Go, once. This takes a few minutes.\n`);
    await build(`${packagePath}@${version}`, unfinished);
  });
  return join(directory, name);
}

/** Everything else that the build needs is removed afterwards (1 GB). */
async function build(program: string, directory: string): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), 'ska-staging-go-'));
  try {
    const environment = {
      ...process.env,
      GOBIN: directory,
      GOPATH: join(workshop, 'path'),
      GOCACHE: join(workshop, 'cache'),
      // Otherwise Go makes its downloads read-only, and removing them fails.
      GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`,
      CGO_ENABLED: '0',
    };
    await run('go', ['install', '-ldflags=-s -w', program], { env: environment });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}
