import { Gauge, type Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { createFreeSpaceReader, type FreeSpace } from '../storage/freeSpace.ts';
import type { SpaceReservations } from '../storage/userArea/spaceReservations.ts';

/** Adds the size and free space of the storages. A storage that does not answer has no value until it does. */
export function addSpaceMetrics(
  registry: Registry,
  config: Pick<Config, 'sourceStoragePath' | 'targetStoragePath'>,
  reservations: SpaceReservations,
): void {
  const storages = [
    { storage: 'source', look: createFreeSpaceReader(config.sourceStoragePath) },
    { storage: 'target', look: createFreeSpaceReader(config.targetStoragePath) },
  ];
  const add = (name: string, help: string, measure: (space: FreeSpace) => number) =>
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
    help: 'Space reserved there for running operations of this process, without what they have already written',
    labelNames: ['storage'],
    registers: [registry],
    collect() {
      this.set({ storage: 'target' }, reservations.reservedBytes());
    },
  });
}
