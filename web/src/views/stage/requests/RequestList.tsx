import { useEffect, useRef } from 'react';
import type { SiteConfig } from '../../../api/client.ts';
import { LinkButton } from '../../../components/controls/LinkButton.tsx';
import { Panel } from '../../../components/layout/View.tsx';
import { forgetRequests, type StagingRequest, useRequests } from '../../../state/requests.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { BatchCard } from './BatchCard.tsx';
import { RequestCard } from './RequestCard.tsx';
import styles from './RequestList.module.css';

/** The requests made from this page, newest first, and their states. */
export function RequestList({ config }: { config: SiteConfig }) {
  const requests = useRequests();
  const place = useRef<HTMLDivElement>(null);
  const newest = requests[0]?.key;
  const shown = useRef(newest);
  useEffect(() => {
    if (newest !== undefined && newest !== shown.current) {
      place.current?.scrollIntoView({ block: 'nearest' });
    }
    shown.current = newest;
  }, [newest]);
  return (
    <div ref={place} className={styles.place} role="status" aria-label={stageStrings.requests}>
      {requests.length > 0 && (
        <Panel
          title={stageStrings.requests}
          tools={
            requests.some(({ hasEnded }) => hasEnded) && (
              <LinkButton onClick={() => forgetRequests(({ hasEnded }) => hasEnded === true)}>
                {stageStrings.clearRequests}
              </LinkButton>
            )
          }
        >
          <ul className={styles.requests}>
            {requests.map((request, index) => (
              <li key={request.key}>
                <RequestOrBatch
                  request={request}
                  config={config}
                  isOpen={index === 0 || requests.length <= 3}
                />
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

interface RequestOrBatchProps {
  readonly request: StagingRequest;
  readonly config: SiteConfig;
  readonly isOpen: boolean;
}

function RequestOrBatch({ request, ...others }: RequestOrBatchProps) {
  if ('batch' in request) return <BatchCard request={request} {...others} />;
  return <RequestCard request={request} {...others} />;
}
