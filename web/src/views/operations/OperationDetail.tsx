import { Button, Timeline } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { hasEnded } from '../../../../shared/model/operation.ts';
import type { Operation } from '../../api/client.ts';
import { retryOperation } from '../../api/operations/operations.ts';
import { operationLogQuery } from '../../api/site.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { FactList } from '../../components/layout/FactList.tsx';
import { Failure, Loaded } from '../../components/layout/Loaded.tsx';
import { Message } from '../../components/layout/Message.tsx';
import { ScrollBox } from '../../components/layout/ScrollBox.tsx';
import { OperationFacts } from '../../components/operation/Facts.tsx';
import { PhaseBadge } from '../../components/operation/PhaseBadge.tsx';
import { OperationProgress } from '../../components/operation/Progress.tsx';
import { Expiry } from '../../components/staged/Expiry.tsx';
import { NextSteps } from '../../components/staged/NextSteps.tsx';
import { OtherVersion } from '../../components/staged/OtherVersion.tsx';
import { StagedActions } from '../../components/staged/StagedActions.tsx';
import { formatDuration, formatTime, secondsBetween } from '../../format/format.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { operationStrings } from '../../strings/operation.ts';
import { operationsStrings } from '../../strings/operations.ts';
import { remedyOf } from '../../strings/remedies.ts';
import styles from './Operations.module.css';

/** All properties of one operation, and its actions. */
export function OperationDetail({ operation }: { operation: Operation }) {
  const { phase, waiting_for, error_reason, remedy, error_code } = operation;
  return (
    <div className={styles.parts}>
      <div>
        <PhaseBadge operation={operation} />
      </div>
      {!hasEnded(operation) && <OperationProgress operation={operation} />}
      {waiting_for !== null && <Message kind="wait" title={waiting_for} />}
      {error_reason !== null && (
        <Message kind={phase === 'ABORTED' ? 'plain' : 'bad'} title={error_reason}>
          <p>{remedyOf(error_code, remedy)}</p>
          <p>
            <code>{error_code}</code>
          </p>
        </Message>
      )}
      {operation.present === 'differs' && (
        <Message kind="warn" title={operationStrings.otherVersion}>
          <OtherVersion operation={operation} />
        </Message>
      )}
      <Actions operation={operation} />
      <Fields operation={operation} />
      {phase === 'COMPLETED' && <OperationFacts operation={operation} />}
      <Expiry operation={operation} />
      {hasNextSteps(operation) && <NextSteps operation={operation} />}
      <StagedActions operation={operation} />
      <Times operation={operation} />
      <LogLines id={operation.id} />
    </div>
  );
}

/** Where data was staged and, according to the record, still is. */
function hasNextSteps({ phase, method, removed_at }: Operation): boolean {
  return phase === 'COMPLETED' && method !== 'direct_download' && removed_at === null;
}

function Actions({ operation }: { operation: Operation }) {
  const retry = useMutation({ mutationFn: () => retryOperation(operation.id) });
  const { local_path_on_storage, relative_path, method, username } = operation;
  const again = hrefs.stage({
    source: local_path_on_storage ?? '',
    target: relative_path ?? '',
    method: method ?? '',
    username: username ?? '',
  });
  return (
    <>
      <div className={styles.actions}>
        {operation.retryable && (
          <Button
            leftSection={<Icon name="retry" />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {operationStrings.retry}
          </Button>
        )}
        <Button component="a" variant="default" href={again} leftSection={<Icon name="stage" />}>
          {operationsStrings.stageAgain}
        </Button>
      </div>
      {retry.error && <Failure error={retry.error} />}
    </>
  );
}

function Fields({ operation }: { operation: Operation }) {
  const { fields } = operationsStrings;
  const { batch_id } = operation;
  return (
    <FactList
      facts={[
        [fields.source, operation.local_path_on_storage],
        [fields.target, operation.relative_path],
        [fields.user, operation.username],
        [fields.method, operation.method],
        [fields.attempts, operation.attempts],
        [fields.batch, batch_id && <a href={hrefs.operations({ batch: batch_id })}>{batch_id}</a>],
        [fields.id, operation.id],
        [fields.requestId, operation.request_id],
      ]}
    />
  );
}

function Times({ operation }: { operation: Operation }) {
  const { created_at, started_at, finished_at, phase } = operation;
  const between = (from: string, to: string) => formatDuration(secondsBetween(from, to));
  const { asked, started, ended, waited, took } = operationsStrings;
  const steps = [
    { title: asked, time: created_at, hint: '' },
    ...(started_at
      ? [{ title: started, time: started_at, hint: waited(between(created_at, started_at)) }]
      : []),
    ...(finished_at
      ? [
          {
            title: phase === 'COMPLETED' || phase === 'ABORTED' ? ended[phase] : ended.ERROR,
            time: finished_at,
            hint: took(between(started_at ?? created_at, finished_at)),
          },
        ]
      : []),
  ];
  return (
    <section aria-label={operationsStrings.timeline}>
      <h3 className={styles.heading}>{operationsStrings.timeline}</h3>
      <Timeline active={steps.length} bulletSize={14} lineWidth={2}>
        {steps.map(({ title, time, hint }) => (
          <Timeline.Item key={title} title={title}>
            <time dateTime={time}>{formatTime(time)}</time> {hint && `· ${hint}`}
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function LogLines({ id }: { id: string }) {
  const query = useQuery(operationLogQuery(id));
  return (
    <div>
      <h3 className={styles.heading}>{operationsStrings.log}</h3>
      <Loaded query={query}>
        {(text) =>
          text === '' ? (
            <p>{operationsStrings.noLog}</p>
          ) : (
            <ScrollBox label={operationsStrings.log}>
              <pre>{text}</pre>
            </ScrollBox>
          )
        }
      </Loaded>
      <p>
        <a href={hrefs.logs({ operation: id })}>{operationsStrings.allLog}</a>
      </p>
    </div>
  );
}
