import { describe } from '@jest/globals';
import { corsEnvironment } from '../../contracts/cors.ts';
import type { Exceptions } from '../../contracts/exceptions.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import {
  makeDataDirectory,
  type ReachableService,
  removeDataDirectory,
  type StagingService,
  startOfflineService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** A service whose API is tested. */
export interface Target {
  start(): Promise<ReachableService>;
  stop(): Promise<void>;
  /** Unsupported features, with the reasons. */
  readonly exceptions: { readonly downloads?: Exceptions; readonly hostile?: Exceptions };
}

/**
 * Features that functions behind a gateway do not support. The gateway is their client; it buffers whole requests and
 * answers.
 */
const behindGateway: Target['exceptions'] = {
  downloads: {
    'any number of slow clients do not delay another one':
      'the gateway buffers each answer, regardless of its client',
    'a client that disconnects leaves an ERROR with the reason':
      'the gateway does not report that its client has disconnected',
  },
  hostile: {
    'a download path that climbs': 'the gateway resolves the dots, and the path is one of another function',
  },
};

/**
 * Runs the suite against every target: the server and the functions behind a gateway, each started here; or against
 * the one service that BASE_URL names, with the folders that it stages between.
 */
export function describeTargets(suite: (target: Target) => void): void {
  const { BASE_URL: url } = process.env;
  if (url) {
    describe(`the service at ${url}`, () => suite(givenService(url)));
    return;
  }
  describe('the service on SQLite', () => suite(ownService(startStagingService)));
  describeWith('mariadb', 'the service on MariaDB', (mariaDb) =>
    suite(ownService(startStagingService, async () => ({ DATABASE_URL: await createDatabase(mariaDb) }))),
  );
  describe('the functions behind a gateway', () =>
    suite(ownService(startOfflineService, undefined, behindGateway)));
}

function ownService(
  start: typeof startStagingService,
  environment: () => Promise<NodeJS.ProcessEnv> = async () => ({}),
  exceptions: Target['exceptions'] = {},
): Target {
  let directory = '';
  let service: StagingService;
  return {
    exceptions,
    async start() {
      directory = await makeDataDirectory();
      service = await start(directory, { ...corsEnvironment, ...(await environment()) });
      return service;
    },
    async stop() {
      await service.stop();
      await removeDataDirectory(directory);
    },
  };
}

/** `BEHIND_GATEWAY=true` says that the service consists of functions. */
function givenService(url: string): Target {
  const {
    SOURCE_STORAGE_PATH: sourceStorage,
    TARGET_STORAGE_PATH: userAreas,
    BEHIND_GATEWAY: isBehindGateway,
  } = process.env;
  if (!sourceStorage || !userAreas) {
    throw new Error('With BASE_URL, say where its storages are: SOURCE_STORAGE_PATH and TARGET_STORAGE_PATH');
  }
  return {
    exceptions: isBehindGateway === 'true' ? behindGateway : {},
    start: async () => ({ url: url.replace(/\/+$/, ''), sourceStorage, userAreas, output: () => '' }),
    stop: async () => undefined,
  };
}
