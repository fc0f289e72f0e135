import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { findMigrationsDirectory } from '../../../shared/record/database/migrate.ts';
import { openSqlite } from '../../../shared/record/database/sqlite.ts';
import {
  makeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/stagingService.ts';
import { tied } from '../../services/tiedProcess.ts';

/** The attacker's uid, and that of another user. */
const [mallory, bob] = [4001, 4002];

/** Places that nobody may change: other users' data, sources, and what is nobody's business. */
interface Canaries {
  readonly paths: readonly string[];
  /** What they are now: content, mode and owner of everything in them. */
  snapshot(): Promise<string[]>;
}

/** A service that runs as root, and an attacker who has a shell in a user area. */
export interface AttackedService extends AsyncDisposable {
  readonly service: StagingService;
  readonly area: string;
  readonly canaries: Canaries;
  /** Kills the service, and starts it again. */
  restart(): Promise<void>;
  /** Starts an attack; stopping it returns what the attacker could do. */
  attack(name: string): { stop(): Promise<string> };
  /** What is recorded of completed operations: paths, digest and inode. */
  completed(): Promise<readonly CompletedRow[]>;
}

const rowsSchema = z.array(
  z.object({ source: z.string(), target: z.string(), sha256: z.string().nullable(), inode: z.string() }),
);
type CompletedRow = z.output<typeof rowsSchema>[number];

/** Starts a service whose storages are in this directory, which an attacker's program, built here, can enter. */
export async function startAttackedService(storages: string, program: string): Promise<AttackedService> {
  const directory = await makeDataDirectory();
  const [sources, areas, secrets] = [
    join(storages, 'source'),
    join(storages, 'areas'),
    join(storages, 'secrets'),
  ];
  const [area, neighbour] = [join(areas, 'mallory'), join(areas, 'bob')];
  const canaries = await makeCanaries({ sources, neighbour, secrets });
  await mkdir(area);
  await chown(area, mallory, mallory);
  const settings = {
    SOURCE_STORAGE_PATH: sources,
    TARGET_STORAGE_PATH: areas,
    LOGGING_LEVEL: 'ERROR',
    CONCURRENCY: '16',
  };
  let service = await startStagingService(directory, settings);
  return {
    get service() {
      return service;
    },
    area,
    canaries,
    async restart() {
      await service.kill();
      service = await startStagingService(directory, settings);
    },
    attack(name) {
      const [command, parameters] = tied([
        'setpriv',
        '--reuid',
        String(mallory),
        '--regid',
        String(mallory),
        '--clear-groups',
        '--pdeathsig',
        'KILL',
        program,
        name,
        ...canaries.paths,
      ]);
      const attacker = spawn(command, parameters, { cwd: area });
      let output = '';
      for (const stream of [attacker.stdout, attacker.stderr]) {
        stream.on('data', (text) => {
          output += text;
        });
      }
      const ended = new Promise((resolve) => attacker.once('close', resolve));
      return {
        async stop() {
          if (attacker.exitCode !== null) throw new Error(`The attacker has ended: ${output}`);
          attacker.kill('SIGKILL');
          await ended;
          return output;
        },
      };
    },
    async completed() {
      const url = `file:${join(directory, 'staging.db')}`;
      const database = await openSqlite(url, findMigrationsDirectory());
      const rows = await database.$queryRawUnsafe(
        `SELECT local_path_on_storage AS source, relative_path AS target, sha256, target_inode AS inode
         FROM staging_operations WHERE status = 'COMPLETED' AND outcome = 'staged' AND target_inode IS NOT NULL`,
      );
      await database.$disconnect();
      return rowsSchema.parse(rows);
    },
    async [Symbol.asyncDispose]() {
      await service.kill();
      await spawnAndWait('rm', ['-rf', directory, sources, areas, secrets]);
    },
  };
}

/** Links may be made to the files among them: they are writable for everybody, as Linux asks for that. */
async function makeCanaries(places: {
  readonly sources: string;
  readonly neighbour: string;
  readonly secrets: string;
}): Promise<Canaries> {
  const { sources, neighbour, secrets } = places;
  const folders = [join(sources, 'canary'), join(neighbour, 'folder'), secrets];
  for (const [index, folder] of folders.entries()) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file'), `canary ${index}`);
    await chmod(join(folder, 'file'), 0o666);
  }
  await chmod(sources, 0o755);
  await chmod(join(neighbour, '..'), 0o755);
  await chown(neighbour, bob, bob);
  await chown(join(neighbour, 'folder', 'file'), bob, bob);
  await chmod(secrets, 0o711);
  await writeFile(join(neighbour, '.file.00000000-0000-7000-8000-000000000000.part'), 'not a part');
  const files = folders.map((folder) => join(folder, 'file'));
  return {
    paths: [...files, ...folders],
    async snapshot() {
      const all = await Promise.all(
        [join(sources, 'canary'), neighbour, secrets].map((path) => describe(path)),
      );
      return all.flat();
    },
  };
}

/** Everything beneath a path, a line each: kind, mode, owner, and content. */
async function describe(path: string): Promise<string[]> {
  const { mode, uid, gid, size } = await lstat(path);
  const line = (content: string) => `${path} ${mode.toString(8)} ${uid}:${gid} ${content}`;
  const kind = mode & 0o170_000;
  if (kind === 0o040_000) {
    const names = (await readdir(path)).toSorted();
    return [line('folder'), ...(await Promise.all(names.map((name) => describe(join(path, name))))).flat()];
  }
  if (kind === 0o120_000) return [line(await readlink(path))];
  return [line(kind === 0o100_000 && size < 4096 ? await readFile(path, 'utf8') : `${size} bytes`)];
}

/** The SHA-256 of a file. */
export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function spawnAndWait(command: string, parameters: readonly string[]): Promise<void> {
  const child = spawn(command, parameters);
  await new Promise((resolve) => child.once('close', resolve));
}
