import { ensureDebianPackages } from './debianPackages.ts';
import type { RunningService } from './runningService.ts';

/** The browser that playwright-core launches: `chromium.launch({ executablePath })`. */
export interface Chromium {
  readonly executablePath: string;
}

/** Finds the browser or installs it. Nothing runs yet: every browser test launches its own. */
export async function findChromium(): Promise<RunningService<Chromium>> {
  await ensureDebianPackages('a browser test', 'chromium');
  return { address: { executablePath: '/usr/bin/chromium' }, stop: async () => undefined };
}
