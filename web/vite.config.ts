import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoadBudget } from './firstLoadBudget.ts';

const service = 'http://127.0.0.1:8000';

/** Where the page asks the service for something; every other path belongs to the page. */
const apiPaths = [
  '/stage',
  '/batches',
  '/operations',
  '/overview',
  '/logs',
  '/create-file',
  '/browse',
  '/preview',
  // Not config.json, which is the page's.
  '^/config(?!\\.json)',
  '/version',
  '/download',
  '/docs',
  '/openapi.json',
];

/** For the service, the page that is served here is its own. */
const asOwnPage = { target: service, changeOrigin: true, headers: { origin: service } };

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that a static host may serve the page beneath any path.
  base: './',
  plugins: [react(), firstLoadBudget(250_000)],
  // `assetsInlineLimit: 0`: the content security policy lets nothing in that is not a file of our own.
  build: { outDir: '../dist/web', emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(apiPaths.map((path) => [path, asOwnPage])) },
});
