import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { overviewQuery } from '../../api/site/overview.ts';
import { Loaded } from '../../components/Failure.tsx';
import { ViewTitle } from '../../components/ViewTitle.tsx';
import { overviewStrings } from '../../strings/overview.ts';
import { HealthPanel } from './HealthPanel.tsx';
import { HourCharts } from './HourCharts.tsx';
import { MethodPanel } from './MethodPanel.tsx';
import styles from './Overview.module.css';
import { StoragePanel } from './StoragePanel.tsx';
import { Totals } from './Totals.tsx';

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
            <Totals overview={overview} />
            <HourCharts overview={overview} />
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
