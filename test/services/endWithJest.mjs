import { isMainThread } from 'node:worker_threads';

/*
 * Loaded by each of Jest's processes before anything else. An orphaned worker would run its suite to the end, with
 * services and browsers. This ends it with its parent, and with it everything that tests have started. Jest's main
 * process has no channel to a parent, and is not affected.
 */
const parent = process.ppid;
if (isMainThread && process.connected) {
  const endWithParent = () => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  };
  setInterval(endWithParent, 500).unref();
}
