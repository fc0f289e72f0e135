import { availableParallelism } from 'node:os';

const common = {
  // Without the packages, whose tens of thousands of files Jest would scan before it begins.
  roots: ['<rootDir>/test'],
  testEnvironment: '<rootDir>/test/plainEnvironment.js',
  setupFilesAfterEnv: [
    '<rootDir>/test/services/staging/equalBytes.ts',
    '<rootDir>/test/services/staging/searchedAnswers.ts',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
};

/**
 * Unit tests need nothing but this machine; the others use the real services that `test/services` starts once for all.
 */
export default {
  // More than processors: suites spend more time waiting for processes and services than computing.
  maxWorkers: availableParallelism() + 2,
  testSequencer: '<rootDir>/test/longestFirst.js',
  // Generous: machines are busy, and a test that waits for a condition waits as long as it takes.
  testTimeout: 60_000,
  // A test that timed out leaves handles open, which must not keep the run from ending with its failure.
  forceExit: true,
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{services,integration,e2e}/**/*.test.ts'],
      globalSetup: '<rootDir>/test/services/globalSetup.ts',
      globalTeardown: '<rootDir>/test/services/globalTeardown.ts',
    },
  ],
};
