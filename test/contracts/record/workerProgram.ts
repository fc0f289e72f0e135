import { Secret } from '../../../shared/config/secret.ts';
import { theService } from '../../../shared/model/caller.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import { migrationsDirectory, request } from './request.ts';

/** Run by `startWorker`: `create <count>` and exits, `hold` creates one and stays alive, `show <id>` prints one. */
const [url = '', command, argument = ''] = process.argv.slice(2);
const repository = await openRecord(new Secret(url), { migrationsDirectory });

if (command === 'create') {
  await Promise.all(Array.from({ length: Number(argument) }, () => createAndComplete()));
  await repository.close();
} else if (command === 'hold') {
  const { id } = await repository.create(request);
  await repository.claim(id);
  process.stdout.write(`${id}\n`);
  setInterval(() => {}, 60_000);
} else if (command === 'show') {
  process.stdout.write(`${JSON.stringify(await repository.find(argument, theService))}\n`);
  await repository.close();
}

async function createAndComplete(): Promise<void> {
  const { id } = await repository.create(request);
  await repository.claim(id);
  await repository.complete(id, { outcome: 'staged' });
}
