import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** Ends the build when what a browser loads before it shows anything is more than so many bytes of compressed JavaScript. */
export function firstLoadBudget(mostBytes: number): Plugin {
  return {
    name: 'first-load-budget',
    generateBundle(_options, bundle) {
      const bytes = firstLoad(bundle).reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      if (bytes <= mostBytes) return;
      this.error(
        `The page loads ${bytes} bytes of compressed JavaScript before it shows anything, ${bytes - mostBytes} more ` +
          'than its budget. Import what only one view needs in that view, which is a chunk of its own.',
      );
    },
  };
}

/** The entry and all that it imports at once. */
function firstLoad(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = new Map<string, Rolldown.OutputChunk>();
  const follow = (fileName: string) => {
    const output = bundle[fileName];
    if (output?.type !== 'chunk' || chunks.has(fileName)) return;
    chunks.set(fileName, output);
    for (const imported of output.imports) follow(imported);
  };
  for (const output of Object.values(bundle))
    if (output.type === 'chunk' && output.isEntry) follow(output.fileName);
  return [...chunks.values()];
}
