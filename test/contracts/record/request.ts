import { resolve } from 'node:path';
import type { NewOperation } from '../../../shared/model/operations/lifecycle.ts';

export const migrationsDirectory = resolve('prisma');

/** A sample request. */
export const request: NewOperation = {
  method: 'local_copy',
  username: 'alice',
  localPathOnStorage: '/survey/m31.fits',
  relativePath: 'data/m31.fits',
  requestId: 'request-1',
};

/** The end of an aborted operation. */
export const aborted = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'no' } as const;
