import { statfs } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import type { SpaceReservations } from '../storage/spaceReservations.ts';

/** How long a storage may take to say how full it is, in ms. One that hangs must not hold up all other metrics. */
const answerMs = 2000;

interface Space {
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

/** Adds how large and how free the storages are. A storage that does not answer has no value until it does. */
export function addSpaceMetrics(
  registry: Registry,
  config: Pick<Config, 'sourceStoragePath' | 'targetStoragePath'>,
  reservations: SpaceReservations,
): void {
  const storages = [
    { storage: 'source', look: createLook(config.sourceStoragePath) },
    { storage: 'target', look: createLook(config.targetStoragePath) },
  ];
  const add = (name: string, help: string, measure: (space: Space) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['storage'],
      registers: [registry],
      async collect() {
        const spaces = await Promise.all(storages.map(({ look }) => look()));
        this.reset();
        storages.forEach(({ storage }, index) => {
          const space = spaces[index];
          if (space) this.set({ storage }, measure(space));
        });
      },
    });
  add(
    'staging_storage_size_bytes',
    'How large the file system of the storage is',
    (space) => space.sizeBytes,
  );
  add('staging_storage_free_bytes', 'What is free there for ordinary users', (space) => space.freeBytes);
  new Gauge({
    name: 'staging_storage_reserved_bytes',
    help: 'What running operations of this process were promised there and have not written yet',
    labelNames: ['storage'],
    registers: [registry],
    collect() {
      this.set({ storage: 'target' }, reservations.reservedBytes());
    },
  });
}

/** Asks a file system how full it is, never twice at once: each question to one that hangs keeps a thread. */
function createLook(path: string): () => Promise<Space | undefined> {
  let asked: Promise<Space | undefined> | undefined;
  const ask = async () => {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
    } catch {
      // No value says it; why, /readyz and the log say.
      return undefined;
    } finally {
      asked = undefined;
    }
  };
  return () => {
    asked ??= ask();
    return inTime(asked);
  };
}

async function inTime<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, answerMs, undefined);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
