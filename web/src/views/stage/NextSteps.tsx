import type { SiteConfig } from '../../api/client.ts';
import type { StagingOrder } from '../../api/operations.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { hrefs } from '../../routing/useRoute.ts';
import { stageStrings } from '../../strings/stage.ts';
import { namesOf, placeOf } from './placeOf.ts';
import styles from './RequestList.module.css';
import { openingOf, removalOf, writableCopyOf } from './stagedCommands.ts';

interface NextStepsProps {
  readonly operationId: string;
  readonly order: StagingOrder;
  readonly config: SiteConfig;
}

/** What people do with staged data: open it, change a copy of it, show it to somebody, remove it. */
export function NextSteps({ operationId, order, config }: NextStepsProps) {
  const isInNotebook = order.method === 'jupyter_copy';
  // A terminal of JupyterLab, and its notebooks, begin in the folder that its paths begin in.
  const place = isInNotebook ? `./${namesOf(order).join('/')}` : placeOf(order, config);
  const opening = openingOf(place);
  const steps = stageStrings.nextSteps;
  return (
    <>
      {opening !== undefined && <Step title={steps.open} text={opening} />}
      <Step title={isInNotebook ? steps.copyInNotebook : steps.copy} text={writableCopyOf(place)} />
      <Step title={steps.link} text={location.origin + location.pathname + hrefs.operation(operationId)} />
      <Step
        title={isInNotebook ? stageStrings.removalInNotebook : stageStrings.removal}
        text={removalOf(place)}
      />
    </>
  );
}

function Step({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <p>{title}</p>
      <p className={styles.path}>
        <code>{text}</code>
        <CopyButton text={text} what={title.replace(/:$/, '')} />
      </p>
    </div>
  );
}
