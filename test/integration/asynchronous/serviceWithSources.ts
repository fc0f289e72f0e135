import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/stagingService.ts';

/** A service, and the data directory that it stands on. */
export interface ServiceWithSources {
  readonly directory: string;
  readonly service: StagingService;
}

/**
 * Gives a suite a service of its own, with a file `small`, and a file `large` that takes seconds to copy.
 * @returns what is there once the suite has begun
 */
export function serviceWithSources(environment: NodeJS.ProcessEnv): () => ServiceWithSources {
  let started: ServiceWithSources;
  beforeAll(async () => {
    const directory = await makeDataDirectory();
    started = { directory, service: await startStagingService(directory, environment) };
    await writeFile(join(started.service.sourceStorage, 'small'), 'small');
    // It is all holes, and takes no space there.
    await writeFile(join(started.service.sourceStorage, 'large'), '');
    await truncate(join(started.service.sourceStorage, 'large'), 3 * 1024 ** 3);
  });
  afterAll(async () => {
    await started.service.kill();
    await removeDataDirectory(started.directory);
  });
  return () => started;
}
