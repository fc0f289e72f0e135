import { afterAll, expect, test } from '@jest/globals';

/** Promises that are not kept somewhere: the reason, by the name of the test. */
export type Exceptions = Readonly<Record<string, string>>;

/** `test`, as far as contracts need it to make exceptions. */
export type ContractTest = (name: string, promise: () => Promise<void>) => void;

/** A `test` that skips the exceptions and says why. One that names no test is a mistake, and fails. */
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
