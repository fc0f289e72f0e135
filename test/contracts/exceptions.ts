import { afterAll, expect, test } from '@jest/globals';

/** Promises that a target does not keep: the reason, by the name of the test. */
export type Exceptions = Readonly<Record<string, string>>;

/** `test`, with the signature that contracts need to make exceptions. */
export type ContractTest = (name: string, promise: () => Promise<void>) => void;

/** A `test` that skips the exceptions with their reasons. An exception that names no test is a mistake, and fails. */
export function testExcept(exceptions: Exceptions): ContractTest {
  const unused = new Set(Object.keys(exceptions));
  afterAll(() => expect([...unused]).toEqual([]));
  return (name, promise) => {
    const reason = exceptions[name];
    unused.delete(name);
    if (reason === undefined) test(name, promise);
    else test.skip(`${name} (not here: ${reason})`, promise);
  };
}
