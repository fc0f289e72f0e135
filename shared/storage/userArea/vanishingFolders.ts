import { systemErrorCode } from '../../errors/stagingError.ts';
import { targetError } from '../storageErrors.ts';

/** How often others may take the folder away that something is to be made in, before this gives up. */
const maxTries = 100;

/**
 * Makes something in a folder, and once more when the folder is gone: its user has removed it, or of two operations
 * that move a new folder to one name at the same time, the second has replaced that of the first while it was empty, as
 * rename(2) does. The work walks the way anew each time.
 * @throws what the work does
 */
export async function retryWhereFoldersVanish<Result>(
  work: () => Promise<Result>,
  path: string,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      if (tries === maxTries) throw targetError(error, path);
    }
  }
}
