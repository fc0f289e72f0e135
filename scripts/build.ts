import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { createOpenApiDocument } from '../functions/site/openApiDocument.ts';
import { apiTypes } from './apiTypes.ts';
import { commitFile } from './buildFacts.ts';
import { bundleFunctions, bundleSizesFile } from './bundleFunctions.ts';
import { bundleOptions } from './bundleOptions.ts';
import { trimSourceMaps } from './trimSourceMaps.ts';

/** One build step: its sources, its output, and the command. */
interface Step {
  readonly title: string;
  readonly sources: readonly string[];
  /** The file that is written last. */
  readonly result: string;
  /** Whether only deployments and tests need it, not `npm start`. */
  readonly isForDeployment?: boolean;
  run(): void | Promise<void>;
}

const generated = 'shared/record/database/generated';
const apiTypesFile = 'web/src/api/generated/openapi.ts';

const steps: readonly Step[] = [
  ...['sqlite', 'mysql'].map((provider) => ({
    title: `database client for ${provider}`,
    sources: ['prisma/models.prisma', `prisma/${provider}/schema.prisma`, 'package-lock.json'],
    result: `${generated}/${provider}/client.ts`,
    run: () => runTool('prisma', ['generate'], { PRISMA_PROVIDER: provider }),
  })),
  {
    title: 'service',
    sources: ['functions', 'shared', 'package-lock.json', 'scripts', commitFile() ?? []].flat(),
    result: 'dist/server.js',
    run: bundleService,
  },
  {
    title: "types of the page's API client",
    sources: ['functions/site', 'shared', 'package-lock.json', 'scripts/apiTypes.ts'],
    result: apiTypesFile,
    run: writeApiTypes,
  },
  {
    title: 'web page',
    sources: ['web', 'shared', 'package-lock.json'],
    result: 'dist/web/index.html',
    run: () => runTool('vite', ['build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']),
  },
  {
    title: 'functions, each by itself',
    sources: ['functions', 'shared', 'web', 'prisma', 'package-lock.json', 'scripts'],
    result: bundleSizesFile,
    isForDeployment: true,
    run: bundleFunctions,
  },
];

/**
 * Builds everything; with `--if-stale` only missing or outdated parts, and with `--service` only those that `npm start`
 * needs.
 */
async function main(): Promise<void> {
  const isOnlyStale = process.argv.includes('--if-stale');
  const isOnlyService = process.argv.includes('--service');
  for (const step of steps) {
    if ((isOnlyStale && !isStale(step)) || (isOnlyService && step.isForDeployment)) continue;
    const begin = performance.now();
    process.stdout.write(`Building the ${step.title} … `);
    await step.run();
    // A tool may leave an unchanged result in place; its time must still show that it is up to date.
    utimesSync(step.result, new Date(), new Date());
    process.stdout.write(`${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
  }
}

/** Bundled separately, because whatever programs share is divided into many small files, which take long to load. */
const programs = [
  ['functions/server.ts'],
  ['functions/worker.ts'],
  [
    'functions/browse/threads/previewTasks.ts',
    'shared/storage/threads/storageTasks.ts',
    'shared/storage/digest/digestThread.ts',
    'shared/record/database/sqlite/sqliteThread.ts',
  ],
];

/**
 * The service and its thread programs. Two packages stay where npm installed them: Piscina, which starts threads from a
 * file of its own, and the files of Swagger UI.
 */
async function bundleService(): Promise<void> {
  removeBundle();
  const bundle = (entryPoints: string[]) =>
    build({
      ...bundleOptions,
      entryPoints,
      entryNames: '[name]',
      outdir: 'dist',
      external: [...bundleOptions.external, 'piscina', 'swagger-ui-dist'],
    });
  await Promise.all(programs.map(bundle));
  trimSourceMaps('dist');
}

/** The page uses types from the OpenAPI document: a change of the contract that breaks the page fails the check. */
function writeApiTypes(): void {
  mkdirSync(dirname(apiTypesFile), { recursive: true });
  writeFileSync(apiTypesFile, apiTypes(createOpenApiDocument()));
}

/** The names of chunks contain hashes, so old ones would accumulate. */
function removeBundle(): void {
  if (!existsSync('dist')) return;
  for (const name of readdirSync('dist'))
    if (/\.(js|js\.map|wasm|gz)$/.test(name)) rmSync(join('dist', name));
}

function isStale({ sources, result }: Step): boolean {
  return !existsSync(result) || Math.max(...sources.map(newest)) > statSync(result).mtimeMs;
}

/** The latest modification time, in ms, of a file or of anything beneath a folder, except generated code. */
function newest(path: string): number {
  if (path === generated || !existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function runTool(name: string, parameters: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  execFileSync(join('node_modules', '.bin', name), parameters, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

await main();
