/** How long stopping may take beyond the time that operations get, in ms, if a storage or the database hangs. */
const graceMs = 10_000;

/**
 * Shuts the process down at the first SIGTERM or SIGINT, by `stop`, which exits when it is done and gives operations
 * this time, in ms. It exits with 1 when that takes ten seconds longer, and immediately at a second signal.
 */
export function onStopSignal(timeoutMs: number, stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let isStopping = false;
  const begin = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), timeoutMs + graceMs);
    void stop(signal);
  };
  process.on('SIGTERM', begin).on('SIGINT', begin);
}
