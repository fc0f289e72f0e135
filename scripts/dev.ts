import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

// `npm run dev`: the service on port 8000, rebuilt and restarted at every change, with the page served by Vite in
// front.
const bin = (name: string) => join('node_modules', '.bin', name);
execFileSync(bin('tsx'), ['scripts/build.ts', '--if-stale', '--service'], { stdio: 'inherit' });

const sources = ['--include', 'functions/**/*', '--include', 'shared/**/*'];
const children = [
  [bin('vite'), '--config', 'web/vite.config.ts'],
  [bin('tsx'), 'watch', ...sources, 'scripts/build.ts', '--if-stale', '--service'],
  [process.execPath, '--watch', 'dist/server.js'],
].map(([program = '', ...parameters]) => spawn(program, parameters, { stdio: 'inherit' }));

process.on('SIGINT', () => {
  for (const child of children) child.kill('SIGTERM');
});
