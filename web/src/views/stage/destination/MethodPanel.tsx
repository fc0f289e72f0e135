import { useId } from 'react';
import { type StagingMethodName, stagingMethodNames } from '../../../../../shared/model/methods.ts';
import type { SiteConfig } from '../../../api/client.ts';
import { Icon, type IconName } from '../../../components/controls/Icon.tsx';
import { Panel } from '../../../components/layout/View.tsx';
import { isInObjectStore } from '../../../format/paths.ts';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './MethodPanel.module.css';

const icons: Readonly<Record<MethodChoice['name'], IconName>> = {
  local_copy: 'copy',
  symlink_copy: 'link',
  jupyter_copy: 'notebook',
  direct_download: 'download',
};

interface MethodPanelProps {
  readonly choices: readonly MethodChoice[];
  readonly chosen: string;
  onChoose(name: string): void;
}

/** The staging methods, with a sentence on each: what it does and when to use it, or why it is not available. */
export function MethodPanel({ choices, chosen, onChoose }: MethodPanelProps) {
  return (
    <Panel title={stageStrings.method}>
      <div role="radiogroup" aria-label={stageStrings.method} className={styles.choices}>
        {choices.map((choice) => (
          <Card
            key={choice.name}
            choice={choice}
            isChosen={choice.name === chosen}
            onChoose={() => onChoose(choice.name)}
          />
        ))}
      </div>
    </Panel>
  );
}

interface CardProps {
  readonly choice: MethodChoice;
  readonly isChosen: boolean;
  onChoose(): void;
}

function Card({ choice: { name, problem }, isChosen, onChoose }: CardProps) {
  const sentenceId = useId();
  const { title, sentence } = stageStrings.methods[name];
  return (
    <label className={styles.choice} data-disabled={problem !== undefined || undefined}>
      <input
        type="radio"
        name="method"
        value={name}
        aria-label={`${title} (${name})`}
        aria-describedby={sentenceId}
        checked={isChosen}
        disabled={problem !== undefined}
        onChange={onChoose}
      />
      <Icon name={icons[name]} />
      <span className={styles.text}>
        <span className={styles.title}>{title}</span>
        <span id={sentenceId} className={styles.sentence}>
          {problem ?? sentence}
        </span>
      </span>
    </label>
  );
}

/** A staging method that can be selected, or why it cannot. */
interface MethodChoice {
  readonly name: StagingMethodName;
  readonly problem: string | undefined;
}

/** The order in which users look for them. */
const order: readonly StagingMethodName[] = ['local_copy', 'symlink_copy', 'jupyter_copy', 'direct_download'];

/** All methods, for these sources at this site. */
export function methodChoices(config: SiteConfig, sources: readonly string[]): MethodChoice[] {
  const names = stagingMethodNames.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
  return names.map((name) => ({ name, problem: problemOf(name, config, sources) }));
}

function problemOf(
  name: StagingMethodName,
  config: SiteConfig,
  sources: readonly string[],
): string | undefined {
  if (!config.allowed_methods.includes(name)) return stageStrings.notOffered;
  if (name === 'jupyter_copy' && !config.has_jupyterhub) return stageStrings.noJupyterHub;
  if (name === 'symlink_copy' && sources.some(isInObjectStore)) return stageStrings.noLinksToObjects;
  return undefined;
}
