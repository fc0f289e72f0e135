import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReachableService } from '../../services/stagingService.ts';

/** Puts a file into the source storage that takes seconds to copy. It is all holes, and takes no space there. */
export async function makeLargeSource(service: ReachableService, name: string): Promise<void> {
  await writeFile(join(service.sourceStorage, name), '');
  await truncate(join(service.sourceStorage, name), 3 * 1024 ** 3);
}
