import { BreakablePath } from '../../../components/BreakablePath.tsx';
import { PhaseBadge, type PhaseBadgeProps } from '../../../components/operation/PhaseBadge.tsx';
import styles from './RequestList.module.css';

interface CardHeadingProps {
  readonly title: string;
  readonly method: string;
  /** Once it is recorded: its link and its state. */
  readonly seen?: (PhaseBadgeProps['operation'] & { readonly href: string }) | undefined;
}

/** The data and the method of a request. */
export function CardHeading({ title, method, seen }: CardHeadingProps) {
  return (
    <div className={styles.heading}>
      <h3 className={styles.name}>
        {seen ? (
          <a href={seen.href}>
            <BreakablePath path={title} />
          </a>
        ) : (
          <BreakablePath path={title} />
        )}
      </h3>
      <code className={styles.method}>{method}</code>
      {seen && <PhaseBadge operation={seen} />}
    </div>
  );
}
