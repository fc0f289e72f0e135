import { existsSync } from 'node:fs';
import { ensureDebianPackages } from './install/debianPackages.ts';
import type { RunningService } from './runningService.ts';

/** The browser that playwright-core launches: `chromium.launch({ executablePath })`. */
export interface Chromium {
  readonly executablePath: string;
}

const withWindows = '/usr/bin/chromium';

/**
 * Finds the browser or installs it: headless Chromium, which takes half of the processor time, or else a full one.
 * Nothing runs yet: every browser test launches its own.
 */
export async function findChromium(): Promise<RunningService<Chromium>> {
  const executablePath = await ensureDebianPackages('a browser test', 'chromium-headless-shell').then(
    () => '/usr/lib/chromium/chromium-headless-shell',
    (error: unknown) => {
      if (!existsSync(withWindows)) throw error;
      return withWindows;
    },
  );
  return { address: { executablePath }, stop: async () => undefined };
}
