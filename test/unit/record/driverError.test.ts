import { expect, test } from '@jest/globals';
import { whyUnwritable } from '../../../shared/record/database/driverError.ts';

test.each([
  ['mysql', 1290, 'may only be read (error 1290)'],
  ['mysql', 1792, 'may only be read (error 1792)'],
  ['mysql', 1836, 'may only be read (error 1836)'],
  ['mysql', 1047, 'may only be read (error 1047)'],
  ['mysql', 1062, undefined],
  ['sqlite', 'SQLITE_FULL', 'has no space left on its disk (SQLITE_FULL)'],
  ['sqlite', 'SQLITE_IOERR_WRITE', 'cannot use its disk (SQLITE_IOERR_WRITE)'],
  ['sqlite', 'SQLITE_CANTOPEN', 'cannot be opened (SQLITE_CANTOPEN)'],
  ['sqlite', 'SQLITE_READONLY_DBMOVED', 'may only be read (SQLITE_READONLY_DBMOVED)'],
  ['sqlite', 'SQLITE_BUSY', undefined],
])('the meaning of error %s %s of a driver, and of Prisma, for the database', (kind, code, why) => {
  const fromDriver = { cause: { kind, code } };
  expect(whyUnwritable(fromDriver)).toBe(why);
  expect(whyUnwritable({ meta: { driverAdapterError: fromDriver } })).toBe(why);
});
