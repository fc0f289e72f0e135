import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** How long an action takes, in seconds, and its result. */
export async function timed<Value>(work: () => Promise<Value>): Promise<{ seconds: number; value: Value }> {
  const begin = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begin) / 1000, value };
}

/** The same with the CPU time that a process, and its children at the end, used meanwhile. */
export async function timedWithCpu(
  pid: number | undefined,
  work: () => Promise<unknown>,
): Promise<{ seconds: number; cpuSeconds: number }> {
  const before = await cpuOf(pid);
  const { seconds } = await timed(work);
  return { seconds, cpuSeconds: (await cpuOf(pid)) - before };
}

/** The CPU time of a process with all its threads and the children that run, in seconds. */
async function cpuOf(pid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const ofChildren = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => cpuOf(Number(child))),
  );
  return ofChildren.reduce((sum, seconds) => sum + seconds, await cpuSeconds(`${pid}`, 'utime', 'stime'));
}

/** How long a command that copies takes, with the sync of what it has copied, and their CPU time. */
export async function timedWithSync(copy: () => Promise<unknown>, target: string, isTree: boolean) {
  const cpuOfCommands = () => cpuSeconds('self', 'cutime', 'cstime');
  const before = await cpuOfCommands();
  const { seconds: unsyncedSeconds } = await timed(copy);
  const sync = isTree ? ['--file-system', target] : [target];
  const synced = await timed(() => promisify(execFile)('sync', sync));
  return {
    seconds: unsyncedSeconds + synced.seconds,
    unsyncedSeconds,
    cpuSeconds: (await cpuOfCommands()) - before,
  };
}

/** The fields of proc_pid_stat(5) with times, in hundredths of a second. */
const places = { utime: 13, stime: 14, cutime: 15, cstime: 16 };

async function cpuSeconds(pid: string, ...kinds: readonly (keyof typeof places)[]): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program is in brackets, and may have spaces.
  const fields = ['', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
  return kinds.reduce((sum, kind) => sum + Number(fields[places[kind]]), 0) / 100;
}

/** The peak memory (VmHWM) of a process since its start or since `forgetPeakMemory`, in MiB. */
export async function peakMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Resets the peak memory of a process (proc_pid_clear_refs(5)). */
export async function forgetPeakMemory(pid: number | undefined): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** The median of these values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The quantile: the value below which this share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN;
}
