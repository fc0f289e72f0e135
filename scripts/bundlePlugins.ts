import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import * as z from 'zod';

const base64Module = /\.wasm-base64\.mjs$/;

const wasmModuleSchema = z.object({ wasm: z.base64() });

/**
 * Prisma's query compiler as a compressed file of WebAssembly, read when a database is opened. As it comes it is text
 * in JavaScript, four times larger, which takes longer to parse and decode than this takes to unpack.
 */
export const wasmAsFile: Plugin = {
  name: 'wasm-as-file',
  setup(build) {
    build.onLoad({ filter: base64Module, namespace: 'file' }, ({ path }) => ({
      contents: [
        "import { readFileSync } from 'node:fs';",
        "import { gunzipSync } from 'node:zlib';",
        `import file from ${JSON.stringify(`wasm-bytes:${path.replace(base64Module, '.wasm.gz')}`)};`,
        'export const wasm = gunzipSync(readFileSync(new URL(file, import.meta.url)));',
      ].join('\n'),
    }));
    build.onResolve({ filter: /^wasm-bytes:/ }, ({ path }) => ({
      path: path.slice('wasm-bytes:'.length),
      namespace: 'wasm-bytes',
    }));
    build.onLoad({ filter: /./, namespace: 'wasm-bytes' }, async ({ path }) => {
      const { wasm } = wasmModuleSchema.parse(await import(path.replace(/\.wasm\.gz$/, '.wasm-base64.mjs')));
      return { contents: gzipSync(Buffer.from(wasm, 'base64'), { level: 9 }), loader: 'file' };
    });
  },
};

/** Piscina starts its threads from a file beside its own, which in a bundle is ours to name. */
export const piscinaWorkerFile: Plugin = {
  name: 'piscina-worker-file',
  setup(build) {
    build.onLoad({ filter: /\/piscina\/dist\/index\.js$/ }, async ({ path }) => {
      const contents = (await readFile(path, 'utf8')).replace("'worker.js'", "'piscinaWorker.mjs'");
      if (!contents.includes('piscinaWorker.mjs'))
        throw new Error(`${path} does not name its worker any more`);
      return { contents };
    });
  },
};

/**
 * Leaves the tables of old encodings out, two copies of half a megabyte: bodies are UTF-8 or refused, and so is the
 * connection to the database.
 */
export const leaveOutForeignEncodings: Plugin = {
  name: 'leave-out-foreign-encodings',
  setup(build) {
    const tables = /\/iconv-lite\/encodings\/(tables\/.*\.json|sbcs-data-generated\.js)$/;
    build.onLoad({ filter: tables }, () => ({ contents: '{}', loader: 'json' }));
  },
};
