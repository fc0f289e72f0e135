import Sequencer from '@jest/test-sequencer';

/** The longest suites, for a clone in which Jest has not measured them yet. The first one needs nearly all services. */
const longSuites = [
  'test/services/services.test.ts',
  'test/integration/workers/chaos.test.ts',
  'test/integration/rucio/rules.test.ts',
  'test/integration/http/staging.test.ts',
  'test/e2e/accessibility.test.ts',
  'test/e2e/batches.test.ts',
  'test/integration/http/schemathesis.test.ts',
  'test/integration/workers/waiting.test.ts',
  'test/integration/record/mariadbRecord.test.ts',
  'test/integration/jupyter/jupyterCopy.test.ts',
  'test/integration/jupyter/jupyterFaults.test.ts',
  'test/integration/deployment/helmChart.test.ts',
  'test/integration/deployment/serverless.test.ts',
  'test/integration/jupyter/http.test.ts',
  'test/e2e/watching.test.ts',
  'test/integration/python/client.test.ts',
  'test/e2e/staging.test.ts',
  'test/integration/security/attacker.test.ts',
  'test/unit/record/sqliteRecord.test.ts',
  'test/integration/rucio/trust.test.ts',
  'test/integration/rucio/pins.test.ts',
  'test/integration/jupyter/killed.test.ts',
  'test/e2e/staticHost.test.ts',
  'test/integration/process/killed.test.ts',
  'test/integration/jupyter/tokens.test.ts',
  'test/e2e/finding.test.ts',
  'test/e2e/recovery.test.ts',
  'test/integration/batches/batches.test.ts',
  'test/integration/lambda/lifetime.test.ts',
  'test/e2e/proxiedService.test.ts',
  'test/integration/stagedData/lifetime.test.ts',
  'test/integration/process/limits.test.ts',
  'test/integration/resume/resume.test.ts',
  'test/e2e/following.test.ts',
  'test/e2e/staticHostMistakes.test.ts',
  'test/e2e/preview.test.ts',
  'test/integration/asynchronous/events.test.ts',
  'test/integration/process/endRecords.test.ts',
  'test/integration/s3/failures.test.ts',
  'test/integration/process/starting.test.ts',
  'test/integration/asynchronous/outage.test.ts',
  'test/integration/deployment/helmRoutes.test.ts',
  'test/integration/rucio/large.test.ts',
  'test/integration/uws/clients.test.ts',
  'test/integration/asynchronous/waiting.test.ts',
  'test/e2e/login.test.ts',
  'test/integration/jupyter/retries.test.ts',
  'test/e2e/stagedData.test.ts',
  'test/e2e/elsewhere.test.ts',
  'test/integration/asynchronous/accepted.test.ts',
  'test/integration/identity/callers.test.ts',
  'test/integration/process/digestRequests.test.ts',
  'test/integration/s3/receiving.test.ts',
  'test/integration/batches/datasets.test.ts',
  'test/integration/process/downloadRecords.test.ts',
  'test/integration/lambda/invocations.test.ts',
  'test/integration/jupyter/jupyterFailures.test.ts',
  'test/integration/lambda/routes.test.ts',
  'test/integration/process/reflink.test.ts',
  'test/integration/stagedData/minute.test.ts',
  'test/e2e/dids.test.ts',
  'test/integration/process/bandwidth.test.ts',
  'test/integration/s3/stagingFromS3.test.ts',
  'test/integration/workers/backInProcess.test.ts',
  'test/integration/http/openApi.test.ts',
];

/**
 * Begins with the longest suites, so that no worker is left alone with one of them at the end of a run. Jest does so
 * itself once it has measured any.
 */
export default class LongestFirst extends Sequencer {
  sort(suites) {
    const sorted = super.sort(suites);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ path }) {
  const place = longSuites.findIndex((suite) => path.endsWith(`/${suite}`));
  return place < 0 ? longSuites.length : place;
}
