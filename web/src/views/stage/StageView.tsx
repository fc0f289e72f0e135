import { useQuery } from '@tanstack/react-query';
import type { Operation } from '../../api/client.ts';
import { type BatchSummary, batchAgainQuery } from '../../api/operations/batches.ts';
import { siteConfigQuery } from '../../api/site.ts';
import { Loaded } from '../../components/layout/Loaded.tsx';
import { ViewTitle } from '../../components/layout/View.tsx';
import { baseName, withSlash } from '../../format/paths.ts';
import { useRoute } from '../../routing/useRoute.ts';
import { stageStrings } from '../../strings/stage.ts';
import { RequestList } from './requests/RequestList.tsx';
import { StagePanels, type StagePanelsProps } from './StagePanels.tsx';
import { emptyForm, type StageForm } from './stageForm.ts';

/** Selecting and staging data, and the results. */
export default function StageView() {
  const { parameters } = useRoute();
  const config = useQuery(siteConfigQuery);
  const batch = parameters.get('batch');
  return (
    <>
      <ViewTitle title={stageStrings.title} hint={stageStrings.hint} />
      <Loaded query={config}>
        {(site) => {
          // The form starts with the request of a link, and stays while folders are opened.
          const form = { key: requestIn(parameters), config: site, parameters };
          return batch === null ? (
            <StagePanels {...form} key={form.key}>
              <RequestList config={site} />
            </StagePanels>
          ) : (
            <BatchAgainPanels {...form} key={form.key} id={batch} />
          );
        }}
      </Loaded>
    </>
  );
}

/** The form with the items of a batch, or those that failed. */
function BatchAgainPanels({ id, ...form }: Pick<StagePanelsProps, 'config' | 'parameters'> & { id: string }) {
  const phase = form.parameters.get('phase') === 'ERROR' ? 'ERROR' : undefined;
  const query = useQuery(batchAgainQuery(id, phase));
  return (
    <Loaded query={query}>
      {(again) => (
        <StagePanels {...form} start={formOfBatch(again.batch, again.items)}>
          <RequestList config={form.config} />
        </StagePanels>
      )}
    </Loaded>
  );
}

/** The request in a link: everything except the shown folder. */
function requestIn(parameters: URLSearchParams): string {
  const request = new URLSearchParams(parameters);
  request.delete('folder');
  return String(request);
}

/** The form for the items of a batch again: their paths can be corrected as if they had been pasted. */
function formOfBatch(batch: BatchSummary, items: readonly Operation[]): StageForm {
  const paths = items.flatMap(({ local_path_on_storage: path }) => path ?? []);
  const folder = batch.relative_path ?? '';
  const isKept = items.some(
    ({ local_path_on_storage: source, relative_path: target }) =>
      source !== null && target !== null && target !== `${withSlash(folder)}${baseName(source)}`,
  );
  return {
    ...emptyForm,
    pasted: paths.join('\n'),
    method: batch.method ?? '',
    username: batch.username ?? '',
    folder,
    keepsFolders: isKept,
  };
}
