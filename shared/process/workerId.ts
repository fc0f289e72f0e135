import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/**
 * The worker id of this process, `<host>/<machine>/<pid>/<start>`, which is unique for all time. An emulator of
 * functions runs each instance in a thread, whose number is then appended. The machine is the kernel's boot id, the PID
 * namespace and the user, because containers and virtual machines may share a host name, and because a process id is
 * meaningless in another namespace, or for a process that /proc hides. Where machines are clones of one another,
 * `instance` distinguishes them; then only an expired lease shows that one is dead.
 */
export function workerId(instance?: string): string {
  const machine = findMachine();
  const start = machine ? readStart(process.pid) : undefined;
  return [
    instance?.replaceAll('/', '-') ?? hostname(),
    machine ?? 'unknown',
    process.pid,
    start ?? Math.round(performance.timeOrigin),
    ...(threadId === 0 ? [] : [threadId]),
  ].join('/');
}

/** The last part of the id of a worker that takes its operations from the queue. */
const queueMark = 'queue';

/** The id of this process as a worker that takes operations from the queue. */
export function queueWorkerId(): string {
  return `${workerId()}/${queueMark}`;
}

/** Whether a worker took its operations from the queue: if it is dead, they return to the queue. */
export function isQueueWorker(worker: string): boolean {
  return worker.endsWith(`/${queueMark}`);
}

/**
 * Whether a worker ran on this machine and is certainly dead. False may also mean that this process cannot tell: then
 * only the lease counts.
 */
export function isLostHere(worker: string): boolean {
  const [host, machine, pid, start] = worker.split('/');
  if (host !== hostname() || machine === undefined || machine !== findMachine()) return false;
  return readStart(Number(pid)) !== start;
}

function findMachine(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
    return [boot, namespace, process.getuid?.()].join('-');
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat); undefined when it is dead. */
function readStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2 is the command in parentheses, which may contain spaces and parentheses itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
