import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { bundleOf, type LambdaFunction, startLambdaFunction } from '../../services/lambda/lambdaFunction.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';

/** A function with its own data directory. */
export interface FunctionUnderTest extends LambdaFunction {
  readonly directory: string;
  /** Creates a file in the source storage. */
  addSource(path: string, bytes: string | Uint8Array): Promise<void>;
  /** Starts another instance of a function over the same data. */
  startAnother(name: string, environment?: NodeJS.ProcessEnv): LambdaFunction;
}

/** Runs a test against a fresh instance of a function, and ends and removes everything after it. */
export async function withFunction(
  name: string,
  environment: NodeJS.ProcessEnv,
  test: (underTest: FunctionUnderTest) => Promise<void>,
): Promise<void> {
  const { underTest, end } = await startFunction(name, environment);
  try {
    await test(underTest);
  } finally {
    await end();
  }
}

/**
 * The same for a suite in which no test needs a fresh record: all tests of one function with the same settings get the
 * same instance, and the files of the earlier ones. To be called in its module or `describe`.
 */
export function shareFunctions(): typeof withFunction {
  const shared = new Map<string, ReturnType<typeof startFunction>>();
  afterAll(async () => {
    await Promise.all([...shared.values()].map(async (started) => (await started).end()));
  });
  return async (name, environment, test) => {
    const key = JSON.stringify([name, environment]);
    const started = shared.get(key) ?? startFunction(name, environment);
    shared.set(key, started);
    await test((await started).underTest);
  };
}

async function startFunction(name: string, environment: NodeJS.ProcessEnv) {
  const directory = await makeDataDirectory();
  const started: LambdaFunction[] = [];
  const startAnother = (other: string, settings: NodeJS.ProcessEnv = environment) => {
    const instance = startLambdaFunction(bundleOf(other), { DATA_DIR: directory, ...settings });
    started.push(instance);
    return instance;
  };
  const addSource = async (path: string, bytes: string | Uint8Array) => {
    const file = join(directory, 'source_storage', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  };
  return {
    underTest: { ...startAnother(name), directory, addSource, startAnother },
    async end() {
      await Promise.all(started.map((instance) => instance.kill()));
      await removeDataDirectory(directory);
    },
  };
}
