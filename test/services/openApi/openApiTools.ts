import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';

/** The generator's configuration for types that it does not support: docs/api.md has the same. */
const overrides = `content_type_overrides:
  application/x-ndjson: application/octet-stream
  image/png: application/octet-stream
`;

const run = promisify(execFile);
const program = fileURLToPath(new URL('openapi_client.py', import.meta.url));

/** A Python with tools for OpenAPI documents: openapi-spec-validator and openapi-python-client. */
export interface OpenApiTools {
  readonly python: string;
}

/** Finds them or installs them. */
export async function findOpenApiTools(): Promise<RunningService<OpenApiTools>> {
  const python = await pythonEnvironment('tools for OpenAPI documents', 'openapi.txt');
  return { address: { python }, stop: async () => undefined };
}

/** Rejects with the validator's findings. */
export async function validate({ python }: OpenApiTools, document: string): Promise<void> {
  await run(python, ['-m', 'openapi_spec_validator', document]);
}

/**
 * Generates a client of the API in a folder, as docs/api.md says; rejects if there is a warning. The generator formats
 * by a program beside the interpreter.
 */
export async function generateClient(
  { python }: OpenApiTools,
  document: string,
  folder: string,
): Promise<void> {
  const config = join(dirname(folder), 'generator.yaml');
  await writeFile(config, overrides);
  const parameters = ['--path', document, '--config', config, '--fail-on-warning', '--output-path', folder];
  await run(python, ['-m', 'openapi_python_client', 'generate', ...parameters], {
    env: { ...process.env, PATH: `${dirname(python)}:${process.env['PATH']}` },
  });
}

/** The output of `openapi_client.py`, which uses the generated client. */
export async function useClient(
  { python }: OpenApiTools,
  folder: string,
  serviceUrl: string,
): Promise<unknown> {
  const { stdout } = await run(python, ['-W', 'error', program, serviceUrl], {
    env: { ...process.env, PYTHONPATH: folder },
  });
  return JSON.parse(stdout);
}
