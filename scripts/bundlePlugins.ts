import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import * as z from 'zod';

const base64Module = /\.wasm-base64\.mjs$/;

const wasmModuleSchema = z.object({ wasm: z.base64() });

/**
 * Prisma's query compiler as a WebAssembly file, read when a database is opened. Its package has it as text in
 * JavaScript, which is a third larger and has to be parsed and decoded. The one for MySQL is compressed to make the
 * bundles smaller; unpacking takes 8 ms, which is little compared with a remote database.
 */
export const wasmAsFile: Plugin = {
  name: 'wasm-as-file',
  setup(build) {
    build.onLoad({ filter: base64Module, namespace: 'file' }, ({ path }) => ({
      contents: wasmModule(path),
    }));
    build.onResolve({ filter: /^wasm-bytes:/ }, ({ path }) => ({
      path: path.slice('wasm-bytes:'.length),
      namespace: 'wasm-bytes',
    }));
    build.onLoad({ filter: /./, namespace: 'wasm-bytes' }, async ({ path }) => {
      const contents = wasmBytes.get(path) ?? readWasm(path);
      wasmBytes.set(path, contents);
      return { contents: await contents, loader: 'file' };
    });
  },
};

/** By their paths: all bundles have the same. */
const wasmBytes = new Map<string, Promise<Uint8Array>>();

async function readWasm(path: string): Promise<Uint8Array> {
  const { wasm } = wasmModuleSchema.parse(await import(path.replace(/\.wasm(\.gz)?$/, '.wasm-base64.mjs')));
  const bytes = Buffer.from(wasm, 'base64');
  return isCompressed(path) ? gzipSync(bytes, { level: 9 }) : bytes;
}

function isCompressed(path: string): boolean {
  return path.includes('.mysql.');
}

function wasmModule(path: string): string {
  const [ending, unpack] = isCompressed(path) ? ['.wasm.gz', 'gunzipSync'] : ['.wasm', ''];
  return `import { readFileSync } from 'node:fs';
${unpack && "import { gunzipSync } from 'node:zlib';"}
import file from ${JSON.stringify(`wasm-bytes:${path.replace(base64Module, ending)}`)};
export const wasm = ${unpack}(readFileSync(new URL(file, import.meta.url)));`;
}

/** Piscina starts its threads from a file beside its own, which must be named explicitly in a bundle. */
export const piscinaWorkerFile: Plugin = {
  name: 'piscina-worker-file',
  setup(build) {
    build.onLoad({ filter: /\/piscina\/dist\/index\.js$/ }, async ({ path }) => {
      const contents = (await readFile(path, 'utf8')).replace("'worker.js'", "'piscinaWorker.mjs'");
      if (!contents.includes('piscinaWorker.mjs')) throw new Error(`${path} no longer names its worker`);
      return { contents };
    });
  },
};

/**
 * Leaves out the tables of legacy encodings, two copies of half a megabyte: bodies are UTF-8 or refused, and so is the
 * connection to the database.
 */
export const leaveOutForeignEncodings: Plugin = {
  name: 'leave-out-foreign-encodings',
  setup(build) {
    const tables = /\/iconv-lite\/encodings\/(tables\/.*\.json|sbcs-data-generated\.js)$/;
    build.onLoad({ filter: tables }, () => ({ contents: '{}', loader: 'json' }));
  },
};

/**
 * Leaves out what Express needs only to parse nested queries (`a[b]=c`), forms and texts in other encodings: an eighth of
 * the code that a function reads at its start. Queries are `simple`, and bodies are read as bytes.
 */
export const leaveOutParsers: Plugin = {
  name: 'leave-out-parsers',
  setup(build) {
    const users = /\/(express\/lib|body-parser\/lib|raw-body)\//;
    build.onResolve({ filter: /^(qs|iconv-lite)$/ }, ({ path, importer }) =>
      users.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, {
        get() { throw new Error('${path} is not in the bundles: see scripts/bundlePlugins.ts'); },
      });`,
    }));
  },
};

/**
 * Only media types that Express looks up: those with a file name extension, without the hundreds of single vendors, of
 * which our pages and answers have none.
 */
export const commonMediaTypes: Plugin = {
  name: 'common-media-types',
  setup(build) {
    build.onLoad({ filter: /\/mime-db\/db\.json$/ }, async ({ path }) => {
      const types = mediaTypesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      const common = Object.entries(types).filter(
        ([name, { extensions }]) => extensions && !special.test(name),
      );
      return { contents: JSON.stringify(Object.fromEntries(common)), loader: 'json' };
    });
  },
};

/** The trees of vendors, persons, and unregistered types. */
const special = /\/(vnd|prs|x)[.-]/;

const mediaTypesSchema = z.record(z.string(), z.looseObject({ extensions: z.array(z.string()).optional() }));
