import { goProgram } from './install/goProgram.ts';
import type { RunningService } from './runningService.ts';

/** The program that renders and checks Helm charts. */
export interface Helm {
  readonly program: string;
}

/** Finds Helm or builds it with Go. */
export async function findHelm(): Promise<RunningService<Helm>> {
  const program = await goProgram('Helm', 'helm.sh/helm/v3/cmd/helm', 'v3.22.0');
  return { address: { program }, stop: async () => undefined };
}
