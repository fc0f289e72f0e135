import './globalSetup.ts';

/** Jest's hook after the last suite: stops what globalSetup.ts started. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.runningServices?.stop();
}
