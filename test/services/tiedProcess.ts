/**
 * The command that runs `command` as a process that never outlives its parent: the kernel sends it the signal as soon
 * as the parent ends, in any way. A change of the user clears that, so it comes before this.
 */
export const tied = (
  command: readonly [program: string, ...parameters: string[]],
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
) => ['setpriv', ['--pdeathsig', signal.slice('SIG'.length), ...command]] as const;
