import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node.js, but with V8's plain global object. Jest's own is observed by a proxy: reading a
 * global such as `Promise` takes a microsecond instead of a nanosecond, and zod, Prisma and SQLite's client read
 * several for each value. This was a third of the suites' CPU time.
 */
export default class PlainEnvironment extends TestEnvironment {
  constructor(...given) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}
