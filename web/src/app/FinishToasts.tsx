import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import type { Operation } from '../api/client.ts';
import { hasEnded, useOperation } from '../api/operations.ts';
import { baseName } from '../format/format.ts';
import { commonStrings } from '../strings/common.ts';
import { type StagingRequest, updateRequest, useRequests } from './requests.ts';
import { hrefs, useRoute } from './useRoute.ts';

const colors: Partial<Record<Operation['phase'], string>> = { COMPLETED: 'teal', ERROR: 'red' };

/** Says that a request of this page has ended, where its own view does not show that. */
export function FinishToasts() {
  const { view } = useRoute();
  return useRequests().map((request) =>
    request.operationId === undefined || request.hasEnded ? null : (
      <Watch key={request.key} request={request} id={request.operationId} isQuiet={view === 'stage'} />
    ),
  );
}

function Watch({ request, id, isQuiet }: { request: StagingRequest; id: string; isQuiet: boolean }) {
  const { data } = useOperation(id);
  const isTold = useRef(false);
  useEffect(() => {
    if (!data || !hasEnded(data) || isTold.current) return;
    isTold.current = true;
    updateRequest(request.key, { hasEnded: true });
    if (!isQuiet) tell(data);
  }, [data, request.key, isQuiet]);
  return null;
}

function tell({ id, phase, outcome, local_path_on_storage, error_reason }: Operation): void {
  const name = baseName(local_path_on_storage ?? '');
  const end = outcome === 'already_present' ? commonStrings.alreadyPresent : commonStrings.phases[phase];
  notifications.show({
    color: colors[phase] ?? 'gray',
    title: commonStrings.finished(name, end),
    message: (
      <>
        {error_reason} <a href={hrefs.operation(id)}>{commonStrings.showOperation}</a>
      </>
    ),
    autoClose: phase === 'ERROR' ? false : 8000,
    closeButtonProps: { 'aria-label': commonStrings.dismiss },
  });
}
