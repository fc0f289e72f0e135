import { isMainThread } from 'node:worker_threads';

/*
 * Loaded by each of Jest's processes before anything else. A worker that has lost the process which started it would
 * run its suite to the end, with services, browsers and all. It ends with it instead, and what tests started with it.
 * Jest's own process has no channel to another, and so is not one.
 */
const parent = process.ppid;
if (isMainThread && process.connected) {
  const endWithParent = () => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  };
  setInterval(endWithParent, 500).unref();
}
