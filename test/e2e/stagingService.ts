import { freePort } from '../services/freePort.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService as startProcess,
} from '../services/staging/stagingService.ts';

/** A service that can be killed and restarted while a page is open. */
export interface StagingService {
  readonly url: string;
  readonly sourceStorage: string;
  readonly userAreas: string;
  /** Ends the process like a crash. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Ends the process and removes the data. */
  remove(): Promise<void>;
}

/** Starts the built service in a fresh data directory. Nothing answers at its JupyterHub URL. */
export async function startStagingService(settings: NodeJS.ProcessEnv = {}): Promise<StagingService> {
  const dataDirectory = await makeDataDirectory();
  const environment = { JUPYTERHUB_URL: `http://127.0.0.1:${await freePort()}`, ...settings };
  let running = await startProcess(dataDirectory, environment);
  const { url, sourceStorage, userAreas } = running;
  return {
    url,
    sourceStorage,
    userAreas,
    kill: () => running.kill(),
    async start() {
      running = await startProcess(dataDirectory, { ...environment, PORT: new URL(url).port });
    },
    async remove() {
      await running.stop();
      await removeDataDirectory(dataDirectory);
    },
  };
}
