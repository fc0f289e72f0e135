import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// A minimal emulation of AWS Lambda: imports a function's handler, passes events to it and forwards its answers,
// one line of JSON for each on descriptor 3. Events come as lines of standard input, or one from the file that is named.
const [, , handlerFile, eventFile] = process.argv;
const { handler } = await import(pathToFileURL(handlerFile).href);

async function answer(text) {
  const { event, remainingMs = 30_000 } = JSON.parse(text);
  const deadline = Date.now() + remainingMs;
  const context = { getRemainingTimeInMillis: () => deadline - Date.now() };
  const line = Buffer.from(`${JSON.stringify(await handler(event, context))}\n`);
  for (let written = 0; written < line.length; ) written += writeSync(3, line, written);
}

if (eventFile) {
  await answer(`{"event":${readFileSync(eventFile, 'utf8')}}`);
  process.exit(0);
}
const { createInterface } = await import('node:readline');
for await (const line of createInterface(process.stdin)) await answer(line);
