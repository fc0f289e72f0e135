import { watch } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isServiceName, parseServiceNames, type ServiceName, startService } from './services.ts';
import { makeServicesDirectory } from './servicesDirectory.ts';

/*
 * The process that owns the real services of a run, beside Jest's own. A suite requests one by the file
 * `<name>.wanted` in the directory that this prints, and reads the answer in `<name>.json`. Each service is started
 * once, at the first request. All are stopped when the input ends, which happens in every case when Jest ends.
 */
const directory = await makeServicesDirectory();
const requests = join(directory.path, 'requests');
const allowed = parseServiceNames(process.env['SERVICES'] || 'all');
const started = new Map<ServiceName, ReturnType<typeof startAndAnswer>>();

await mkdir(requests);
const watcher = watch(requests, (_event, file) => {
  const [, name = ''] = /^(.*)\.wanted$/.exec(file ?? '') ?? [];
  if (isServiceName(name) && !started.has(name)) started.set(name, startAndAnswer(name));
});
process.stdout.write(`${requests}\n`);

await text(process.stdin);
watcher.close();
await Promise.all([...started.values()].map(async (stop) => (await stop)()));
await directory.remove();

/** Starts a service, writes down the result, and resolves to a function that stops it. */
async function startAndAnswer(name: ServiceName): Promise<() => Promise<void>> {
  const outcome = allowed.includes(name)
    ? await startService(name, directory)
    : { reason: 'SERVICES does not name it' };
  const answer = 'service' in outcome ? { address: outcome.service.address } : { reason: outcome.reason };
  if (answer.reason !== undefined)
    process.stderr.write(`The service ${name} cannot be had: ${answer.reason}\n`);
  const unfinished = join(requests, `${name}.unfinished`);
  await writeFile(unfinished, JSON.stringify(answer));
  await rename(unfinished, join(requests, `${name}.json`));
  return async () => {
    if ('service' in outcome) await outcome.service.stop();
  };
}
