import { ViewTitle } from '../../components/ViewTitle.tsx';
import { commonStrings } from '../../strings/common.ts';

/** To be built. */
export default function StageView() {
  return <ViewTitle title={commonStrings.viewTitles.stage} />;
}
