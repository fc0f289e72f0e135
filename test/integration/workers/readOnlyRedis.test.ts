import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import pino from 'pino';
import { Secret } from '../../../shared/config/secret.ts';
import { connectRedis } from '../../../shared/executor/bullmq/redis.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { commandRedis, startRedis } from '../../services/redis.ts';
import { makeServicesDirectory } from '../../services/servicesDirectory.ts';

describeWith('redis', 'a Redis that becomes a replica, as at a failover', () => {
  test('is reconnected to, because it may be another server by now', async () => {
    const directory = await makeServicesDirectory();
    const { address, stop } = await startRedis(directory);
    const redis = connectRedis(new Secret(address.url), pino({ level: 'silent' }));
    expect(await redis.set('key', 'before')).toBe('OK');
    await commandRedis(address, 'REPLICAOF', '127.0.0.1', '1');
    const reconnecting = once(redis, 'reconnecting');
    await expect(redis.set('key', 'refused')).rejects.toThrow('READONLY');
    await reconnecting;
    await commandRedis(address, 'REPLICAOF', 'NO', 'ONE');
    await waitFor(async () => (await redis.set('key', 'after').catch(() => '')) === 'OK');
    redis.disconnect();
    await stop();
    await directory.remove();
  });
});
