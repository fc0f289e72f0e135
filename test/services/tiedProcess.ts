/**
 * The command that runs `command` as a process which never outlives the one that starts it: the kernel sends it the
 * signal as soon as that ends, in whatever way. A change of the user clears that, so it comes before this.
 */
export const tied = (
  command: readonly [program: string, ...parameters: string[]],
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
) => ['setpriv', ['--pdeathsig', signal.slice('SIG'.length), ...command]] as const;
