import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from './pythonEnvironment.ts';
import type { RunningService } from './runningService.ts';

/**
 * The programs that check Dockerfiles (hadolint), compose files (check-jsonschema), manifests (kubernetes-validate) and
 * templates of CloudFormation (cfn-lint).
 */
export interface DeploymentChecks {
  readonly python: string;
}

/** Finds the programs or installs them from PyPI. All of them bring their rules and schemas along. */
export async function findDeploymentChecks(): Promise<RunningService<DeploymentChecks>> {
  const python = await pythonEnvironment('checks of deployment files', 'deployment.txt');
  return { address: { python }, stop: async () => undefined };
}

/** What hadolint has against a Dockerfile: nothing, if it is well made. */
export function lintDockerfile({ python }: DeploymentChecks, file: string): Promise<string> {
  return complaints(join(dirname(python), 'hadolint'), ['--no-color', file]);
}

/** What the schema of the Compose Specification has against a file. */
export function checkComposeFile({ python }: DeploymentChecks, file: string): Promise<string> {
  return complaints(python, [
    '-m',
    'check_jsonschema',
    '-q',
    '--builtin-schema',
    'vendor.compose-spec',
    file,
  ]);
}

/** What the schemas of a release of Kubernetes, which allow no unknown field, have against a file of manifests. */
export function checkManifests({ python }: DeploymentChecks, release: string, file: string): Promise<string> {
  return complaints(python, ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', release, file]);
}

/** What the schemas of AWS have against a template of CloudFormation. Mere advice does not count. */
export function lintTemplate({ python }: DeploymentChecks, file: string): Promise<string> {
  const parameters = ['--non-zero-exit-code', 'error', '--regions', 'eu-west-2', '--ignore-checks', 'W'];
  // It cannot be run as a module, and its own program looks for Python where the environment was made.
  const program = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())'];
  return complaints(python, [...program, ...parameters, '--template', file]);
}

/** What a checking program says when it is not content, and nothing when it is. */
async function complaints(program: string, parameters: readonly string[]): Promise<string> {
  try {
    await promisify(execFile)(program, parameters);
    return '';
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
    return `${error.stdout}${error.stderr}` || error.message;
  }
}
