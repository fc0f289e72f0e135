import { type StagingMethodName, stagingMethodNames } from '../../../../../shared/model/methods.ts';
import type { SiteConfig } from '../../../api/client.ts';
import { isInObjectStore } from '../../../api/files/objectStore.ts';
import { stageStrings } from '../../../strings/stage.ts';

/** A staging method that can be selected, or why it cannot. */
export interface MethodChoice {
  readonly name: StagingMethodName;
  readonly problem: string | undefined;
}

/** The order in which users look for them. */
const order: readonly StagingMethodName[] = ['local_copy', 'symlink_copy', 'jupyter_copy', 'direct_download'];

/** All methods, for these sources at this site. */
export function methodChoices(config: SiteConfig, sources: readonly string[]): MethodChoice[] {
  const names = stagingMethodNames.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
  return names.map((name) => ({ name, problem: problemOf(name, config, sources) }));
}

function problemOf(
  name: StagingMethodName,
  config: SiteConfig,
  sources: readonly string[],
): string | undefined {
  if (!config.allowed_methods.includes(name)) return stageStrings.notOffered;
  if (name === 'jupyter_copy' && !config.has_jupyterhub) return stageStrings.noJupyterHub;
  if (name === 'symlink_copy' && sources.some(isInObjectStore)) return stageStrings.noLinksToObjects;
  return undefined;
}
