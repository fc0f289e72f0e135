import type { Overview } from '../../api/site/overview.ts';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { Panel } from '../../components/Panel.tsx';
import { overviewStrings } from '../../strings/overview.ts';
import styles from './Overview.module.css';

const icons: Readonly<Record<Overview['health'][number]['state'], IconName>> = {
  ok: 'check',
  down: 'alert',
  not_configured: 'minus',
};

/** The health of the service's components. */
export function HealthPanel({ health }: Pick<Overview, 'health'>) {
  return (
    <Panel title={overviewStrings.health}>
      <ul className={styles.health}>
        {health.map(({ name, state, detail }) => (
          <li key={name} className={styles.part} data-state={state}>
            <Icon name={icons[state]} />
            <div>
              <strong>{overviewStrings.healthNames[name]}</strong>
              <p>{detail ?? overviewStrings.healthStates[state]}</p>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
