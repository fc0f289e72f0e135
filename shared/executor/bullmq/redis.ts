import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { Secret } from '../../config/secret.ts';

/** The longest pause between two attempts to connect, in ms. */
const longestPauseMs = 2000;

/**
 * Connects to Redis, and reconnects whenever the connection breaks. Logs the loss and the recovery once each; only
 * commands sent in between fail.
 */
export function connectRedis(
  url: Secret,
  logger: Logger,
  options: RedisOptions = {},
  meanwhile = 'operations wait in the database',
): Redis {
  const redis = new Redis(url.reveal(), {
    connectTimeout: 3000,
    retryStrategy: (tries) => Math.min(tries * 100, longestPauseMs),
    // After a failover the connection leads to a replica, and would stay open.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    ...options,
  });
  let isLost = false;
  redis.on('error', (err) => {
    if (!isLost) logger.warn({ err }, `Redis does not answer; ${meanwhile} until it does`);
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) logger.info('Redis answers again');
    isLost = false;
  });
  return redis;
}

/** Options of a connection whose commands fail quickly when Redis does not answer, instead of waiting. */
export const failFast: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 5000,
};
