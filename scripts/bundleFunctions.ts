import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { piscinaWorkerFile, wasmAsFile } from './bundlePlugins.ts';

/** Where the bundles lie, one folder for each function. */
export const bundlesFolder = 'dist/functions';

/** The functions that can be deployed: each is a folder with a handler. */
export const bundledFunctions: readonly string[] = readdirSync('functions').filter((name) =>
  existsSync(join('functions', name, 'handler.ts')),
);

/** What a function runs in threads, when it has threads at all. */
const threadPrograms = {
  storageTasks: 'shared/storage/storageTasks.ts',
  digestThread: 'shared/storage/digestThread.ts',
  piscinaWorker: 'node_modules/piscina/dist/worker.js',
};

/** Makes the folder of each function, which can be deployed by itself. Beside each lies esbuild's account of it. */
export async function bundleFunctions(): Promise<void> {
  rmSync(bundlesFolder, { recursive: true, force: true });
  await Promise.all(bundledFunctions.map(bundleFunction));
}

async function bundleFunction(name: string): Promise<void> {
  const folder = join(bundlesFolder, name);
  const handler = { handler: `functions/${name}/handler.ts` };
  const { metafile: plan } = await build({ ...options(folder), entryPoints: handler, write: false });
  const entryPoints = { ...handler, ...(uses(plan, 'shared/storage/storageThreads.ts') && threadPrograms) };
  const { metafile } = await build({ ...options(folder), entryPoints });
  if (uses(metafile, 'shared/operations/migrationsDirectory.ts')) copyMigrations(folder);
  if (uses(metafile, 'functions/site/page.ts')) copyPages(folder);
  writeFileSync(`${folder}.meta.json`, JSON.stringify(metafile));
}

function options(folder: string) {
  return {
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    // The native parts of SQLite are found in node_modules at run time. Piscina's is for priorities that we never set.
    external: ['@libsql/linux-*', '@napi-rs/nice'],
    // Its other clients are for databases elsewhere.
    alias: { '@libsql/client': '@libsql/client/sqlite3' },
    // What packages written as CommonJS expect to find.
    banner: {
      js: [
        "import { createRequire as requireFrom } from 'node:module';",
        'const require = requireFrom(import.meta.url);',
        'const { dirname: __dirname, filename: __filename } = import.meta;',
      ].join(''),
    },
    plugins: [wasmAsFile, piscinaWorkerFile],
  } satisfies BuildOptions;
}

function uses({ inputs }: Metafile, path: string): boolean {
  return Object.hasOwn(inputs, path);
}

function copyMigrations(folder: string): void {
  for (const provider of ['sqlite', 'mysql']) {
    cpSync(`prisma/${provider}/migrations`, join(folder, 'prisma', provider, 'migrations'), {
      recursive: true,
    });
  }
}

/** The web page, and what `/docs` shows of Swagger UI. */
function copyPages(folder: string): void {
  cpSync('dist/web', join(folder, 'web'), { recursive: true });
  const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'];
  mkdirSync(join(folder, 'swagger-ui'));
  for (const file of files) {
    copyFileSync(join('node_modules/swagger-ui-dist', file), join(folder, 'swagger-ui', file));
  }
}
