import type { Config } from '../shared/config/config.ts';
import type { FunctionName } from '../shared/config/settings.ts';
import type { StagingMethodName } from '../shared/model/methods.ts';

/** The methods that go on without their client. */
const inBackground = ['local_copy', 'symlink_copy', 'jupyter_copy'] as const satisfies StagingMethodName[];

/** By which of these each function stages what it is asked for; others stage nothing. */
const methodsOf: Partial<Record<FunctionName, readonly StagingMethodName[]>> = {
  stageLocal: ['local_copy'],
  stageSymlink: ['symlink_copy'],
  stageJupyter: ['jupyter_copy'],
  stageData: inBackground,
  batches: inBackground,
  uws: inBackground,
};

/** The methods that a process stages by without its clients: those of its `FUNCTIONS`, as far as the site offers them. */
export function servedMethods({ functions, allowedMethods }: Config): readonly StagingMethodName[] {
  const served = functions.flatMap((name) => methodsOf[name] ?? []);
  return inBackground.filter((method) => served.includes(method) && allowedMethods.includes(method));
}
