import type { BuildOptions } from 'esbuild';
import { buildFacts } from './buildFacts.ts';
import { commonMediaTypes, leaveOutForeignEncodings, leaveOutParsers, wasmAsFile } from './bundlePlugins.ts';

/**
 * Common to the service and the functions: they contain their packages, because Node.js takes twice as long to find and
 * load a thousand files of packages as to start.
 */
export const bundleOptions = {
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  // The ES modules of packages, which can be tree-shaken.
  mainFields: ['module', 'main'],
  format: 'esm',
  define: buildFacts(),
  minifySyntax: true,
  minifyWhitespace: true,
  // Line ends are kept for people who must read a bundle, and for Node.js, which shows the line that threw.
  lineLimit: 200,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  // The native parts of SQLite are found in node_modules at run time.
  external: ['@libsql/linux-*'],
  // Its other clients are for remote databases.
  alias: { '@libsql/client': '@libsql/client/sqlite3' },
  // Names that CommonJS packages expect.
  banner: {
    js: [
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url);',
      'const { dirname: __dirname, filename: __filename } = import.meta;',
    ].join(''),
  },
  plugins: [wasmAsFile, leaveOutForeignEncodings, leaveOutParsers, commonMediaTypes],
} satisfies BuildOptions;
