import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

// `npm run dev`: the service on port 8000, rebuilt and restarted at every change, with the page served by Vite in
// front.
const bin = (name: string) => join('node_modules', '.bin', name);
execFileSync(bin('tsx'), ['scripts/build.ts', '--if-stale', '--service'], { stdio: 'inherit' });

const service = spawn(process.execPath, ['--watch', 'dist/server.js'], {
  stdio: 'inherit',
});
const builder = spawn(
  bin('tsx'),
  [
    'watch',
    '--include',
    'functions/**/*',
    '--include',
    'shared/**/*',
    'scripts/build.ts',
    '--if-stale',
    '--service',
  ],
  {
    stdio: 'inherit',
  },
);
const page = spawn(bin('vite'), ['--config', 'web/vite.config.ts'], { stdio: 'inherit' });

process.on('SIGINT', () => {
  for (const child of [page, builder, service]) child.kill('SIGTERM');
});
