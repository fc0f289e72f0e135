import type { ReactNode } from 'react';
import styles from './FactList.module.css';

/** A name and its value; without a value, it is not shown. */
export type Fact = readonly [name: string, value: ReactNode];

/** Facts, one below the other. */
export function FactList({ facts }: { facts: readonly Fact[] }) {
  const known = facts.filter(([, value]) => value || value === 0);
  return (
    <dl className={styles.facts}>
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
