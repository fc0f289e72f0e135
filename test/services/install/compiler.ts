import type { RunningService } from '../runningService.ts';
import { ensureDebianPackages } from './debianPackages.ts';

/** A C compiler. */
export interface Compiler {
  readonly path: string;
}

/** Finds a C compiler or installs it. */
export async function findCompiler(): Promise<RunningService<Compiler>> {
  await ensureDebianPackages('the attacker, a small program in C', 'gcc', 'libc6-dev');
  return { address: { path: '/usr/bin/gcc' }, stop: async () => undefined };
}
