import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedDirectory } from './cachedDirectory.ts';
import type { RunningService } from './runningService.ts';

const run = promisify(execFile);
const version = 'v3.22.0';

/** The program that renders and checks Helm charts. */
export interface Helm {
  readonly program: string;
}

/** Finds Helm or builds it with Go, which takes a few minutes once. What the build needs beside it is not kept (1 GB). */
export async function findHelm(): Promise<RunningService<Helm>> {
  const directory = await cachedDirectory(`helm-${version}`, async (unfinished) => {
    await run('go', ['version']).catch((cause: unknown) => {
      throw new Error('building Helm needs Go (https://go.dev)', { cause });
    });
    process.stderr.write(`Building Helm ${version} with Go, once. This takes a few minutes.\n`);
    await buildHelm(unfinished);
  });
  return { address: { program: join(directory, 'helm') }, stop: async () => undefined };
}

async function buildHelm(directory: string): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), 'ska-staging-helm-'));
  try {
    const environment = {
      ...process.env,
      GOBIN: directory,
      GOPATH: join(workshop, 'path'),
      GOCACHE: join(workshop, 'cache'),
      // Otherwise Go makes what it downloads read-only, which is hard to remove again.
      GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`,
      CGO_ENABLED: '0',
    };
    const program = `helm.sh/helm/v3/cmd/helm@${version}`;
    await run('go', ['install', '-ldflags=-s -w', program], { env: environment });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}
