/**
 * Shuts the process down at the first SIGTERM or SIGINT, by `stop`, which exits when it is done; a second signal ends
 * it immediately, with 1.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let isStopping = false;
  const begin = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    void stop(signal);
  };
  process.on('SIGTERM', begin).on('SIGINT', begin);
}
