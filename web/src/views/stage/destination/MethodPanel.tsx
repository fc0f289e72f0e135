import { useId } from 'react';
import { Icon, type IconName } from '../../../components/Icon.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { stageStrings } from '../../../strings/stage.ts';
import styles from './MethodPanel.module.css';
import type { MethodChoice } from './methods.ts';

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
