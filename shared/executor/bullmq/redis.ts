import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { Secret } from '../../config/secret.ts';

/** The longest pause between two tries to connect, in ms. */
const longestPauseMs = 2000;

/**
 * Connects to Redis, and again whenever the connection breaks. The log is told once that it has broken, and that it is
 * back; nothing fails of it but the commands that are sent meanwhile.
 */
export function connectRedis(url: Secret, logger: Logger, options: RedisOptions = {}): Redis {
  const redis = new Redis(url.reveal(), {
    connectTimeout: 3000,
    retryStrategy: (tries) => Math.min(tries * 100, longestPauseMs),
    ...options,
  });
  let isLost = false;
  redis.on('error', (err) => {
    if (!isLost) logger.warn({ err }, 'Redis does not answer; operations wait in the database until it does');
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) logger.info('Redis answers again');
    isLost = false;
  });
  return redis;
}

/** Options of a connection whose commands fail soon when Redis does not answer, rather than wait until it does. */
export const failFast: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 5000,
};
