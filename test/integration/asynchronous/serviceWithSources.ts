import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** A service, and its data directory. */
export interface ServiceWithSources {
  readonly directory: string;
  readonly service: StagingService;
}

/** How long a copy of `slow` takes. */
export const slowSeconds = 4;

/**
 * Provides a suite with its own service, with a file `small`, a file `slow` that takes seconds to copy, and a file
 * `large` whose copy does not end by itself.
 * @returns the fixtures, once the suite has started
 */
export function serviceWithSources(environment: NodeJS.ProcessEnv): () => ServiceWithSources {
  let started: ServiceWithSources;
  beforeAll(async () => {
    const directory = await makeDataDirectory();
    started = { directory, service: await startStagingService(directory, { ...slowCopies, ...environment }) };
    await writeFile(join(started.service.sourceStorage, 'small'), 'small');
    await makeSlowFile(join(started.service.sourceStorage, 'slow'), slowSeconds);
    await makeSlowFile(join(started.service.sourceStorage, 'large'), untilAborted);
  });
  afterAll(async () => {
    await started.service.kill();
    await removeDataDirectory(started.directory);
  });
  return () => started;
}
