import type { Metafile } from 'esbuild';

/** The size of a bundle, in bytes, without source maps. */
export interface BundleSize {
  readonly name: string;
  /** The code that is read before the first event is handled. */
  readonly atStart: number;
  /** The code that is read on demand: a database's client, thread programs. */
  readonly lazy: number;
}

/**
 * The largest size of a bundle in bytes, without source maps: `atStart` for what every cold start reads, `total` for
 * everything. A little above the present size, so that accidental additions are noticed immediately; never above 5 MB.
 */
const budgets: Readonly<Record<string, { readonly atStart: number; readonly total: number }>> = {
  stageData: { atStart: 695_000, total: 4_582_000 },
  stageLocal: { atStart: 637_000, total: 4_453_000 },
  stageSymlink: { atStart: 635_000, total: 4_275_000 },
  stageJupyter: { atStart: 656_000, total: 4_524_000 },
  downloadFile: { atStart: 644_000, total: 4_457_000 },
  operations: { atStart: 527_000, total: 3_665_000 },
  batches: { atStart: 670_000, total: 4_582_000 },
  uws: { atStart: 662_000, total: 4_608_000 },
  site: { atStart: 526_000, total: 4_248_000 },
  logs: { atStart: 452_000, total: 487_000 },
  createFile: { atStart: 463_000, total: 498_000 },
  browse: { atStart: 495_000, total: 1_130_000 },
};

/** Sums up esbuild's output files. */
export function sizeOf(name: string, folder: string, { outputs }: Metafile): BundleSize {
  const early = new Set<string>();
  const follow = (path: string) => {
    if (early.has(path) || !outputs[path]) return;
    early.add(path);
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement') follow(next);
  };
  follow(`${folder}/handler.mjs`);
  const bytesOf = (isWanted: (path: string) => boolean) =>
    Object.entries(outputs)
      .filter(([path]) => !path.endsWith('.map') && isWanted(path))
      .reduce((sum, [, { bytes }]) => sum + bytes, 0);
  return { name, atStart: bytesOf((path) => early.has(path)), lazy: bytesOf((path) => !early.has(path)) };
}

/** The sizes as a table, in kB. */
export function sizeTable(sizes: readonly BundleSize[]): string {
  const rows = sizes.map(({ name, atStart, lazy }) => [
    name,
    ...[atStart, lazy, atStart + lazy, budgets[name]?.total ?? 0].map((bytes) => (bytes / 1000).toFixed(0)),
  ]);
  return [['function', 'at start', 'lazy', 'total kB', 'budget'], ...rows]
    .map(
      ([name = '', ...numbers]) =>
        `  ${name.padEnd(14)}${numbers.map((text) => text.padStart(10)).join('')}\n`,
    )
    .join('');
}

/** One sentence for each bundle that exceeds its budget. */
export function overBudget(sizes: readonly BundleSize[]): string[] {
  return sizes.flatMap(({ name, atStart, lazy }) => {
    const budget = budgets[name];
    if (!budget) return [`The function ${name} has no budget: give it one in scripts/bundleSizes.ts.`];
    return [
      ...complaint(name, 'what it loads at its start', atStart, budget.atStart),
      ...complaint(name, 'all that it carries', atStart + lazy, budget.total),
    ];
  });
}

function complaint(name: string, what: string, bytes: number, budget: number): string[] {
  if (bytes <= budget) return [];
  return [
    `The bundle ${name} is too large: ${what} has ${bytes} bytes, ${bytes - budget} more than its budget. ` +
      `Look in dist/functions/${name}.meta.json (https://esbuild.github.io/analyze/) for what has come in, ` +
      'and import it when it is needed or not at all; if it must be there, raise the budget in scripts/bundleSizes.ts.',
  ];
}
