/** The levels of the log, least severe first. */
export const logLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;

export type LogLevel = (typeof logLevels)[number];

/** pino's name of each level. */
export const pinoLevels = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/** Our name of one of pino's levels; its `trace` and `fatal` count as the nearest of ours. */
export function toLogLevel(pinoLevel: string): LogLevel {
  if (pinoLevel === 'trace') return 'DEBUG';
  if (pinoLevel === 'fatal') return 'ERROR';
  return logLevels.find((level) => pinoLevels[level] === pinoLevel) ?? 'INFO';
}
