import { Progress } from '@mantine/core';
import type { Overview } from '../../api/site/overview.ts';
import { Panel } from '../../components/Panel.tsx';
import { formatSize } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import styles from './Overview.module.css';

type Storage = Overview['storages'][number];

/** How full the storages are, and how much is reserved for running operations. */
export function StoragePanel({ storages }: Pick<Overview, 'storages'>) {
  return (
    <Panel title={overviewStrings.storages}>
      <ul className={styles.storages}>
        {storages.map((storage) => (
          <li key={storage.name}>
            <strong>{overviewStrings.storageNames[storage.name]}</strong>
            <Fill storage={storage} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Fill({ storage: { name, total_bytes, free_bytes, reserved_bytes } }: { storage: Storage }) {
  if (!total_bytes || free_bytes === null) return <p>{overviewStrings.storageUnknown}</p>;
  const percent = (bytes: number) => (100 * bytes) / total_bytes;
  const used = percent(total_bytes - free_bytes);
  const reserved = percent(reserved_bytes ?? 0);
  return (
    <>
      <Progress.Root size="lg" className={styles.fill}>
        <Progress.Section
          value={used}
          color={used > 90 ? 'red' : 'indigo'}
          aria-label={overviewStrings.storageNames[name]}
          aria-valuetext={overviewStrings.storageSummary(percentText(used), percentText(reserved))}
        />
        <Progress.Section value={reserved} color="yellow" withAria={false} />
      </Progress.Root>
      <p className={styles.hint}>
        {overviewStrings.storageFacts(formatSize(free_bytes), formatSize(total_bytes))}
        {reserved_bytes !== null &&
          reserved_bytes > 0 &&
          ` · ${overviewStrings.storageReserved(formatSize(reserved_bytes))}`}
      </p>
    </>
  );
}

function percentText(percent: number): string {
  return `${percent.toFixed(1)} %`;
}
