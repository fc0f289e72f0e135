import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { logUrl } from '../../api/site.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { EmptyState, Loading } from '../../components/layout/Loaded.tsx';
import { LiveMark, ViewTitle } from '../../components/layout/View.tsx';
import { formatCount } from '../../format/format.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { logsStrings } from '../../strings/logs.ts';
import { LogList } from './LogList.tsx';
import styles from './Logs.module.css';
import { useLogLines } from './useLogLines.ts';

/** The log, live. */
export default function LogsView() {
  const { parameters } = useRoute();
  const level = parameters.get('level') ?? 'INFO';
  const operation = parameters.get('operation') ?? undefined;
  return <LiveLog key={`${level} ${operation}`} level={level} operation={operation} />;
}

/** The lines of a level and of an operation, as they are written, with a search. */
function LiveLog({ level, operation }: { level: string; operation: string | undefined }) {
  const [search, setSearch] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const parameters = { level, ...(operation && { operation }) };
  const { rows, state } = useLogLines(parameters);
  const wanted = search.trim().toLowerCase();
  const shown = wanted === '' ? rows : rows.filter(({ text }) => text.toLowerCase().includes(wanted));
  return (
    <>
      <ViewTitle title={logsStrings.title} hint={logsStrings.hint}>
        <LiveMark state={state} />
        <a href={logUrl({ ...parameters, limit: '10000' })} download="staging.log">
          <Icon name="download" /> {logsStrings.download}
        </a>
      </ViewTitle>
      <search className={styles.filters} aria-label={logsStrings.filters}>
        <NativeSelect
          label={logsStrings.level}
          value={level}
          data={Object.entries(logsStrings.levels).map(([value, label]) => ({ value, label }))}
          onChange={(event) =>
            navigate(hrefs.logs({ level: event.currentTarget.value, ...(operation && { operation }) }))
          }
        />
        <TextInput
          label={logsStrings.search}
          placeholder={logsStrings.searchPlaceholder}
          leftSection={<Icon name="search" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Button variant="default" aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
          {isFollowing ? logsStrings.pause : logsStrings.follow}
        </Button>
      </search>
      {operation && (
        <p className={styles.only}>
          {logsStrings.ofOperation(operation)} · <a href={hrefs.logs({ level })}>{logsStrings.showAll}</a>
        </p>
      )}
      {shown.length === 0 ? (
        <div className={styles.list}>
          {state === 'starting' ? (
            <Loading rows={8} />
          ) : (
            <EmptyState icon="lines" title={rows.length === 0 ? logsStrings.none : logsStrings.noMatch} />
          )}
        </div>
      ) : (
        <LogList rows={shown} search={wanted} isFollowing={isFollowing} onFollow={setFollowing} />
      )}
      <p className={styles.count}>{logsStrings.count(formatCount(shown.length), formatCount(rows.length))}</p>
    </>
  );
}
