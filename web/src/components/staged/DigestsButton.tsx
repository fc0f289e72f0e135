import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../api/client.ts';
import { type DigestsProgress, saveDigests } from '../../api/files/stagedData.ts';
import { formatSize } from '../../format/format.ts';
import { operationStrings } from '../../strings/operation.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { Failure } from '../Failure.tsx';
import { Icon } from '../Icon.tsx';

/** Saves the checksums of all staged files; those of a tree may have to be computed. */
export function DigestsButton({ operation: { id } }: { operation: Operation }) {
  const [progress, setProgress] = useState<DigestsProgress>();
  const saving = useMutation({ mutationFn: () => saveDigests(id, setProgress) });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="download" />}
        loading={saving.isPending}
        title={stagedStrings.digestsHint}
        onClick={() => saving.mutate()}
      >
        {stagedStrings.digests}
      </Button>
      {saving.isPending && <span role="status">{stagedStrings.computing(progressText(progress))}</span>}
      {saving.error && <Failure error={saving.error} />}
    </>
  );
}

function progressText(progress: DigestsProgress | undefined): string {
  if (!progress) return '';
  const { bytesDone, bytesTotal } = progress;
  if (bytesTotal === null) return formatSize(bytesDone);
  return operationStrings.ofTotal(formatSize(bytesDone), formatSize(bytesTotal));
}
