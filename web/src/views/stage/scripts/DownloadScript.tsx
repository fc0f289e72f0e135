import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SiteConfig } from '../../../api/client.ts';
import { Failure } from '../../../components/Failure.tsx';
import { Icon } from '../../../components/Icon.tsx';
import { stageStrings } from '../../../strings/stage.ts';
import { saveDownloadScript } from './downloadScript.ts';

interface DownloadScriptProps {
  readonly sources: readonly string[];
  readonly config: SiteConfig;
}

/**
 * For several items, a browser needs as many downloads: a script resumes after an interruption, and keeps their
 * folders.
 */
export function DownloadScript({ sources, config }: DownloadScriptProps) {
  const saving = useMutation({ mutationFn: () => saveDownloadScript(sources, config) });
  return (
    <>
      <Button
        variant="default"
        fullWidth
        leftSection={<Icon name="lines" />}
        loading={saving.isPending}
        onClick={() => saving.mutate()}
      >
        {stageStrings.saveScript}
      </Button>
      <p>{stageStrings.saveScriptHint}</p>
      {saving.error && <Failure error={saving.error} />}
    </>
  );
}
