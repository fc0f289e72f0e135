import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { bundleOptions } from './bundleOptions.ts';
import { piscinaWorkerFile } from './bundlePlugins.ts';
import { type BundleSize, overBudget, sizeOf, sizeTable } from './bundleSizes.ts';
import { trimSourceMaps } from './trimSourceMaps.ts';

/** The output folder of the bundles, one folder for each function. */
const bundlesFolder = 'dist/functions';

/** The functions that can be deployed: each is a folder with a handler. */
export const bundledFunctions: readonly string[] = readdirSync('functions').filter((name) =>
  existsSync(join('functions', name, 'handler.ts')),
);

/** The code that runs in each thread of a pool, before the program of its tasks. */
const piscinaWorker = 'node_modules/piscina/dist/worker.js';

/** The thread programs of a function, if it has threads. */
const threadPrograms = {
  storageTasks: 'shared/storage/threads/storageTasks.ts',
  digestThread: 'shared/storage/digest/digestThread.ts',
  piscinaWorker,
};

/** The programs that draw pictures, and search folders. */
const previewPrograms = { previewTasks: 'functions/browse/threads/previewTasks.ts', piscinaWorker };

/** The program of the thread that writes to SQLite. */
const sqliteWriter = 'shared/record/database/sqlite/sqliteWriter.ts';

/** The table of their sizes, written when all bundles are made and none exceeds its budget. */
export const bundleSizesFile = 'dist/bundle-sizes.txt';

/**
 * Makes the folder of each function, which can be deployed alone. esbuild's metafile is written beside each. Fails when
 * a bundle exceeds its budget.
 */
export async function bundleFunctions(): Promise<void> {
  rmSync(bundlesFolder, { recursive: true, force: true });
  rmSync(bundleSizesFile, { force: true });
  const plan = await planBundles();
  const sizes = await Promise.all(bundledFunctions.map((name) => bundleFunction(name, plan)));
  const table = sizeTable(sizes);
  process.stdout.write(`\n${table}`);
  const complaints = overBudget(sizes);
  if (complaints.length > 0) {
    process.stderr.write(`${complaints.join('\n')}\n`);
    process.exit(1);
  }
  writeFileSync(bundleSizesFile, table);
}

/** The modules of all functions, in chunks that they share: much sooner made than twelve bundles. */
async function planBundles(): Promise<Metafile> {
  const entryPoints = Object.fromEntries(bundledFunctions.map((name) => [name, handlerOf(name)]));
  const plan = { ...options(bundlesFolder), entryPoints, minify: false, sourcemap: false, write: false };
  return (await build(plan)).metafile;
}

/** The modules of an entry and of all chunks that it loads, at its start or later. */
function modulesOf(entry: string, { outputs }: Metafile): Set<string> {
  const chunks = new Set([entry]);
  for (const path of chunks) for (const { path: next } of outputs[path]?.imports ?? []) chunks.add(next);
  return new Set([...chunks].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {})));
}

async function bundleFunction(name: string, plan: Metafile): Promise<BundleSize> {
  const folder = join(bundlesFolder, name);
  const modules = modulesOf(`${folder}.mjs`, plan);
  const has = (path: string) => modules.has(path);
  const entryPoints = {
    handler: handlerOf(name),
    ...(has('shared/storage/threads/threadPool.ts') && threadPrograms),
    ...(has('functions/browse/threads/previewThreads.ts') && previewPrograms),
    ...(has(sqliteWriter) && { sqliteThread: 'shared/record/database/sqlite/sqliteThread.ts' }),
  };
  const { metafile } = await build({ ...options(folder), entryPoints });
  trimSourceMaps(folder);
  if (has('shared/record/database/migrate.ts')) copyMigrations(folder);
  if (has('functions/site/page.ts')) copyPages(folder);
  writeFileSync(`${folder}.meta.json`, JSON.stringify(metafile));
  return sizeOf(name, folder, metafile);
}

function handlerOf(name: string): string {
  return join('functions', name, 'handler.ts');
}

function options(folder: string) {
  return {
    ...bundleOptions,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    minify: true,
    metafile: true,
    // Piscina's native part is for priorities, which we do not use.
    external: [...bundleOptions.external, '@napi-rs/nice'],
    plugins: [...bundleOptions.plugins, piscinaWorkerFile],
  } satisfies BuildOptions;
}

function copyMigrations(folder: string): void {
  for (const provider of ['sqlite', 'mysql']) {
    cpSync(`prisma/${provider}/migrations`, join(folder, 'prisma', provider, 'migrations'), {
      recursive: true,
    });
  }
}

/** The web page, and the files of Swagger UI that `/docs` uses. */
function copyPages(folder: string): void {
  cpSync('dist/web', join(folder, 'web'), { recursive: true });
  const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'];
  mkdirSync(join(folder, 'swagger-ui'));
  for (const file of files) {
    copyFileSync(join('node_modules/swagger-ui-dist', file), join(folder, 'swagger-ui', file));
  }
}
