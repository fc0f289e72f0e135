import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node.js, but with a global object as V8 makes it. That of Jest is watched by a proxy: to read
 * a global such as `Promise` takes a microsecond instead of a nanosecond, and zod, Prisma and SQLite's client read
 * several for each value. This was a third of all that the suites computed.
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
