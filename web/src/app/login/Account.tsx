import { Button, Popover } from '@mantine/core';
import { type Caller, logOut } from '../../api/site/session.ts';
import { Icon } from '../../components/Icon.tsx';
import { accountStrings } from '../../strings/account.ts';
import styles from '../frame/Header.module.css';

/** The logged-in user, with their roles and areas, and logout. */
export function Account({ caller }: { caller: Caller }) {
  const { name, roles, areas } = caller;
  return (
    <Popover position="bottom-end" shadow="md" withinPortal={false} trapFocus>
      <Popover.Target>
        <button type="button" className={styles.account} aria-label={accountStrings.account(name)}>
          <Icon name="user" />
          <span>{name}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown className={styles.accountFacts}>
        <dl>
          <dt>{accountStrings.roles}</dt>
          <dd>{roles.map((role) => accountStrings.roleNames[role]).join(', ')}</dd>
          <dt>{accountStrings.areas}</dt>
          <dd>{areas.join(', ') || accountStrings.noArea}</dd>
        </dl>
        <Button variant="default" size="xs" fullWidth onClick={() => void logOut()}>
          {accountStrings.logOut}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
