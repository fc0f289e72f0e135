import type { Overview } from '../../api/site/overview.ts';

type Numbers = Omit<Overview['hours'][number], 'hour'>;

/** The sum of all hours. */
export function totalOf(hours: readonly Numbers[]): Numbers {
  const total = (name: keyof Numbers) => hours.reduce((sum, hour) => sum + hour[name], 0);
  return {
    completed: total('completed'),
    error: total('error'),
    aborted: total('aborted'),
    bytes: total('bytes'),
  };
}
