import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Compiler } from '../../services/install/compiler.ts';
import { tied } from '../../services/tiedProcess.ts';

/** The attacking user, in their own area, and another one. */
export const mallory = 4001;
export const victor = 4002;

/** What the attacker does to every entry that appears in a folder: see `attacker.c`. */
export type AttackAction = 'exchange' | 'take' | 'remove' | 'write' | 'occupy';

const countsSchema = z.object({ done: z.number(), lost: z.number() });

/** An attacker at work. */
export interface Attacker {
  /** How often it acted, and how often something else had the name when it tried to undo that. */
  stop(): Promise<z.output<typeof countsSchema>>;
}

/** Compiles the attacker's program, where every user can run it. */
export function compileAttacker({ path }: Compiler): string {
  const directory = mkdtempSync(join(tmpdir(), 'staging-attacker-'));
  chmodSync(directory, 0o755);
  const source = fileURLToPath(new URL('attacker.c', import.meta.url));
  const program = join(directory, 'attacker');
  execFileSync(path, ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  return program;
}

/** Starts the attacker in a folder, as a process of its user; resolves when it has begun. */
export async function startAttacker(
  program: string,
  action: AttackAction,
  folder: string,
): Promise<Attacker> {
  const [command, parameters] = tied([program, action]);
  const attacker = spawn(command, parameters, {
    cwd: folder,
    uid: mallory,
    gid: mallory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(attacker.stdout);
  await once(lines, 'line');
  return {
    async stop() {
      const counts = once(lines, 'line');
      attacker.kill('SIGTERM');
      const [line] = await counts;
      return countsSchema.parse(JSON.parse(line));
    },
  };
}

/** Runs a shell script as the attacker, in a folder. @returns its output */
export function asAttacker(folder: string, script: string, parameters: readonly string[] = []): string {
  const command = ['-c', script, 'sh', ...parameters];
  return execFileSync('sh', command, { cwd: folder, uid: mallory, gid: mallory, encoding: 'utf8' });
}
