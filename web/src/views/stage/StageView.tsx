import { useQuery } from '@tanstack/react-query';
import { siteConfigQuery } from '../../api/siteConfig.ts';
import { Loaded } from '../../components/Failure.tsx';
import { ViewTitle } from '../../components/ViewTitle.tsx';
import { useRoute } from '../../routing/useRoute.ts';
import { stageStrings } from '../../strings/stage.ts';
import { RequestList } from './RequestList.tsx';
import { StagePanels } from './StagePanels.tsx';

/** Selecting and staging data, and the results. */
export default function StageView() {
  const { parameters } = useRoute();
  const config = useQuery(siteConfigQuery);
  return (
    <>
      <ViewTitle title={stageStrings.title} hint={stageStrings.hint} />
      <Loaded query={config}>
        {(site) => (
          // The form starts with the request of a link.
          <StagePanels key={String(parameters)} config={site} parameters={parameters}>
            <RequestList config={site} />
          </StagePanels>
        )}
      </Loaded>
    </>
  );
}
