import { describe, expect, test } from '@jest/globals';
import { createOpenApiDocument } from '../../../functions/site/openApiDocument.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { deploymentBehind, environmentOf, exampleFiles, renderChart, serviceOfPath } from './chart.ts';

describeWith('helm', 'the Helm chart', (helm) => {
  describe.each([...exampleFiles, 'values.yaml'])('with an ingress and %s', (file) => {
    test('sends each route of the API to a Deployment that serves it, and probes each Deployment where it answers', async () => {
      const rendered = renderChart(helm, { ingress: { enabled: true, host: 'staging.example.org' } }, file);
      const running = await startDeployments(rendered.deployments.map(environmentOf));
      try {
        for (const [method, path] of routes()) {
          const deployment = deploymentBehind(rendered, serviceOfPath(rendered, path));
          const service = running.of(environmentOf(deployment)['FUNCTIONS']);
          const answer = await fetch(service.url + path, { method });
          expect([method, path, await textOf(answer)]).toEqual([
            method,
            path,
            expect.not.stringContaining('"code":"ROUTE_NOT_FOUND"'),
          ]);
        }
        for (const deployment of rendered.deployments) {
          const { startupProbe, livenessProbe, readinessProbe } = deployment.spec.template.spec.containers[0];
          for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
            const service = running.of(environmentOf(deployment)['FUNCTIONS']);
            expect((await fetch(service.url + httpGet.path)).status).toBe(200);
          }
        }
      } finally {
        await running.stop();
      }
    }, 120_000);
  });
});

/** All routes of the API and of the page, with sample parameters. */
function routes(): [method: string, path: string][] {
  const described = Object.entries(createOpenApiDocument().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [
      method.toUpperCase(),
      path.replace('{path}', 'some/file').replace('{id}', '01a20a18-fadf-7357-b1ff-12091a8ad6c7'),
    ]),
  );
  return [...described, ['POST', '/stage-data/'], ['GET', '/logs/'], ['GET', '/'], ['GET', '/docs']];
}

/** Event streams do not end, so their routes are omitted. */
async function textOf(answer: Response): Promise<string> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer.text();
  await answer.body?.cancel();
  return '';
}

interface RunningDeployments {
  /** The process that serves these functions. */
  of(functions: string | undefined): StagingService;
  stop(): Promise<void>;
}

/** A process for each Deployment, with the functions of its pods. */
async function startDeployments(
  environments: readonly Record<string, string>[],
): Promise<RunningDeployments> {
  const started = await Promise.all(
    environments.map(async ({ FUNCTIONS }) => {
      const directory = await makeDataDirectory();
      return { FUNCTIONS, directory, service: await startStagingService(directory, { FUNCTIONS }) };
    }),
  );
  return {
    of(functions) {
      const found = started.find(({ FUNCTIONS }) => FUNCTIONS === functions);
      if (!found) throw new Error(`No deployment serves ${functions}`);
      return found.service;
    },
    async stop() {
      await Promise.all(started.map(({ service }) => service.stop()));
      await Promise.all(started.map(({ directory }) => removeDataDirectory(directory)));
    },
  };
}
