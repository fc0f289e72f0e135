import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  try {
    await test({ ...startAnother(name), directory, addSource, startAnother });
  } finally {
    await Promise.all(started.map((instance) => instance.kill()));
    await removeDataDirectory(directory);
  }
}
