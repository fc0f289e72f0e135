import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Chromium } from '../services/chromium.ts';
import { describeWith } from '../services/describeWith.ts';
import type { Nginx } from '../services/nginx.ts';
import type { Hosting } from './webPage.ts';

const builtPage = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** `describe` for a suite that needs a browser and an nginx. */
export function describeWithNginx(title: string, suite: (browser: Chromium, nginx: Nginx) => void): void {
  describeWith('chromium', title, (browser) => {
    describeWith('nginx', 'with nginx', (nginx) => suite(browser, nginx));
  });
}

/**
 * The page on a static host, beneath a path, with the address of the service. Each suite has its own path, because
 * suites may run concurrently.
 */
export function hostedOn(nginx: Nginx, path: string, environment: NodeJS.ProcessEnv): Hosting {
  return {
    environment,
    async publish(serviceUrl) {
      const url = await publishPage(nginx, path);
      await writePageConfig(nginx, path, JSON.stringify({ api: serviceUrl }));
      return url;
    },
  };
}

/** Restores the config.json of the build, which is not adapted. */
export async function restorePageConfig({ folder }: Nginx, path: string): Promise<void> {
  await cp(join(builtPage, 'config.json'), join(folder, path, 'config.json'));
}

/** Copies the built page to a static host, beneath a path such as `/staging/`, and returns its address there. */
async function publishPage({ origin, folder }: Nginx, path: string): Promise<string> {
  const place = join(folder, path);
  await rm(place, { recursive: true, force: true });
  await mkdir(join(place, '..'), { recursive: true });
  await cp(builtPage, place, { recursive: true });
  return origin + path;
}

/** Writes the config.json of the page beneath this path; undefined removes it. */
export async function writePageConfig(
  { folder }: Nginx,
  path: string,
  text: string | undefined,
): Promise<void> {
  const file = join(folder, path, 'config.json');
  if (text === undefined) await rm(file, { force: true });
  else await writeFile(file, text);
}
