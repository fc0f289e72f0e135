import { Progress, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Overview, overviewQuery } from '../../api/site.ts';
import { Icon, type IconName } from '../../components/controls/Icon.tsx';
import { Loaded } from '../../components/layout/Loaded.tsx';
import { Panel, ViewTitle } from '../../components/layout/View.tsx';
import { formatSize } from '../../format/format.ts';
import { overviewStrings } from '../../strings/overview.ts';
import { Activity } from './Activity.tsx';
import { MethodPanel } from './MethodPanel.tsx';
import styles from './Overview.module.css';

const spans = ['24', '168'] as const;

/** The health and activity of the service, in charts, with the numbers beside them. */
export default function OverviewView() {
  const [hours, setHours] = useState<(typeof spans)[number]>('24');
  const query = useQuery(overviewQuery(Number(hours)));
  return (
    <>
      <ViewTitle title={overviewStrings.title} hint={overviewStrings.hint}>
        <SegmentedControl
          aria-label={overviewStrings.span}
          value={hours}
          onChange={setHours}
          data={spans.map((value) => ({ value, label: overviewStrings.spans[value] }))}
        />
      </ViewTitle>
      <Loaded query={query}>
        {(overview) => (
          <div className={styles.panels}>
            <HealthPanel health={overview.health} />
            <Activity overview={overview} />
            <div className={styles.pair}>
              <MethodPanel methods={overview.methods} />
              <StoragePanel storages={overview.storages} />
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}

const icons: Readonly<Record<Overview['health'][number]['state'], IconName>> = {
  ok: 'check',
  down: 'alert',
  not_configured: 'minus',
};

/** The health of the service's components. */
function HealthPanel({ health }: Pick<Overview, 'health'>) {
  return (
    <Panel title={overviewStrings.health}>
      <ul className={styles.health}>
        {health.map(({ name, state, detail }) => (
          <li key={name} className={styles.part} data-state={state}>
            <Icon name={icons[state]} />
            <div>
              <strong>{overviewStrings.healthNames[name]}</strong>
              <p>{detail ?? overviewStrings.healthStates[state]}</p>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type Storage = Overview['storages'][number];

/** How full the storages are, and how much is reserved for running operations. */
function StoragePanel({ storages }: Pick<Overview, 'storages'>) {
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
