import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from './install/pythonEnvironment.ts';
import type { RunningService } from './runningService.ts';

/**
 * The programs that check Dockerfiles (hadolint), compose files (check-jsonschema), manifests (kubernetes-validate) and
 * templates of CloudFormation (cfn-lint).
 */
export interface DeploymentChecks {
  readonly python: string;
}

/** Finds the programs or installs them from PyPI. All of them include their rules and schemas. */
export async function findDeploymentChecks(): Promise<RunningService<DeploymentChecks>> {
  const python = await pythonEnvironment('checks of deployment files', 'deployment.txt');
  return { address: { python }, stop: async () => undefined };
}

/** The findings of hadolint for a Dockerfile; empty if there are none. */
export function lintDockerfile({ python }: DeploymentChecks, file: string): Promise<string> {
  return complaints(join(dirname(python), 'hadolint'), ['--no-color', file]);
}

/** The findings of the Compose Specification's schema for a file. */
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

/** The findings of a Kubernetes release's schemas, which allow no unknown field, for a file of manifests. */
export function checkManifests({ python }: DeploymentChecks, release: string, file: string): Promise<string> {
  return complaints(python, ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', release, file]);
}

/** The findings of AWS' schemas for a CloudFormation template. Informational ones are ignored. */
export function lintTemplate({ python }: DeploymentChecks, file: string): Promise<string> {
  const parameters = ['--non-zero-exit-code', 'error', '--regions', 'eu-west-2', '--ignore-checks', 'W'];
  // It cannot be run as a module, and its own program looks for Python at the path where the environment was created.
  const program = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())'];
  return complaints(python, [...program, ...parameters, '--template', file]);
}

/** The output of a failed check, or nothing. */
async function complaints(program: string, parameters: readonly string[]): Promise<string> {
  try {
    await promisify(execFile)(program, parameters);
    return '';
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
    return `${error.stdout}${error.stderr}` || error.message;
  }
}
