import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SiteConfig } from '../../../api/client.ts';
import { checkPathsQuery, maxChecked } from '../../../api/files/browse.ts';
import { downloadUrl } from '../../../api/files/download.ts';
import { queryClient } from '../../../api/queryClient.ts';
import { needsToken } from '../../../api/session.ts';
import { Icon } from '../../../components/controls/Icon.tsx';
import { Failure } from '../../../components/layout/Loaded.tsx';
import { shellText } from '../../../components/staged/stagedCommands.ts';
import { stageStrings } from '../../../strings/stage.ts';
import { pathBeneath } from '../stageForm.ts';

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

/** What to download, and whether it is a folder, which comes as a tar archive. */
interface DownloadItem {
  readonly source: string;
  readonly isFolder: boolean;
}

/**
 * A script that downloads all of these into its working directory, where each keeps its path in the storage. It resumes
 * after an interruption: files by ranges, folders from their beginning.
 */
function downloadScriptOf(items: readonly DownloadItem[], config: SiteConfig): string {
  const lineOf = ({ source, isFolder }: DownloadItem) =>
    `${isFolder ? 'folder' : 'file'} ${shellText(downloadUrl({ source }))} ${shellText(`./${pathBeneath(source, config)}`)}`;
  return [
    '#!/usr/bin/env bash',
    `# ${stageStrings.scriptPurpose}`,
    'set -euo pipefail',
    ...(needsToken()
      ? [
          'fetch() { curl --fail --location --show-error -H "Authorization: Bearer $SKA_STAGING_TOKEN" "$@"; }',
        ]
      : ['fetch() { curl --fail --location --show-error "$@"; }']),
    'file() {',
    '  [ -e "$2" ] && return',
    '  mkdir -p "$(dirname "$2")"',
    '  fetch --continue-at - --output "$2.part" "$1"',
    '  mv "$2.part" "$2"',
    '}',
    'folder() {',
    '  [ -e "$2" ] && return',
    '  rm -rf "$2.part"',
    '  mkdir -p "$2.part"',
    '  fetch "$1" | tar -x -C "$2.part"',
    '  mv "$2.part"/* "$2"',
    '  rmdir "$2.part"',
    '}',
    // A file in a folder must not be mistaken for the whole folder.
    ...items.filter(({ isFolder }) => isFolder).map(lineOf),
    ...items.filter(({ isFolder }) => !isFolder).map(lineOf),
    '',
  ].join('\n');
}

/** Makes the browser save the script for these paths and patterns. @throws ApiError */
async function saveDownloadScript(sources: readonly string[], config: SiteConfig): Promise<void> {
  const items: DownloadItem[] = [];
  for (let start = 0; start < sources.length; start += maxChecked) {
    const checked = await queryClient.fetchQuery(checkPathsQuery(sources.slice(start, start + maxChecked)));
    for (const { path, kind, matches = [] } of checked) {
      const paths = kind === 'pattern' ? matches : [path];
      items.push(
        ...paths.map((source) => ({ source, isFolder: kind === 'directory' || source.endsWith('/') })),
      );
    }
  }
  const url = URL.createObjectURL(
    new Blob([downloadScriptOf(items, config)], { type: 'text/x-shellscript' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = 'download.sh';
  link.click();
  URL.revokeObjectURL(url);
}
