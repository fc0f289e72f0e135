import { Button, Popover, SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { apiUrl } from '../api/apiAddress.ts';
import { type Caller, logOut, type Session } from '../api/session.ts';
import { Icon, type IconName } from '../components/controls/Icon.tsx';
import { FactList } from '../components/layout/FactList.tsx';
import { hrefs, useRoute, type View, views } from '../routing/useRoute.ts';
import { accountStrings } from '../strings/account.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './Header.module.css';

/** The page's name, its navigation, the API's documentation, the colour scheme switch, and the logged-in user. */
export function Header({ session }: { session: Session | undefined }) {
  const caller = session?.caller;
  return (
    <header className={styles.header}>
      <div className={styles.inside}>
        <a className={styles.name} href={hrefs.stage()}>
          <Mark />
          <span>{commonStrings.serviceName}</span>
        </a>
        {caller && <Navigation caller={caller} />}
        <div className={styles.tools}>
          <a className={styles.api} href={apiUrl('/docs')}>
            {commonStrings.apiDocumentation}
          </a>
          <ColorSchemeSwitch />
          {caller && session.auth_modes.length > 0 && <Account caller={caller} />}
        </div>
      </div>
    </header>
  );
}

/** A dish that points upwards. */
function Mark() {
  return (
    <svg className={styles.mark} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 8a14 14 0 0 0 19 19z" fill="currentColor" />
      <path
        d="M15 18l7-7M9 27h12"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
        fill="none"
      />
      <circle cx="24" cy="9" r="3" className={styles.star} />
    </svg>
  );
}

const targets: Readonly<Record<View, { href: string; icon: IconName }>> = {
  stage: { href: hrefs.stage(), icon: 'stage' },
  data: { href: hrefs.data(), icon: 'bucket' },
  operations: { href: hrefs.operations(), icon: 'list' },
  logs: { href: hrefs.logs(), icon: 'lines' },
  files: { href: hrefs.files(), icon: 'folder' },
  overview: { href: hrefs.overview(), icon: 'chart' },
};

/** The views: in the header on a wide screen, at the bottom edge on a phone. */
function Navigation({ caller }: { caller: Caller }) {
  const { view: current } = useRoute();
  const shown = views.filter((view) => view !== 'logs' || caller.roles.includes('operator'));
  return (
    <nav className={styles.navigation} aria-label={commonStrings.views}>
      {shown.map((view) => (
        <a
          key={view}
          className={styles.link}
          href={targets[view].href}
          aria-current={view === current ? 'page' : undefined}
        >
          <Icon name={targets[view].icon} />
          {commonStrings.viewTitles[view]}
        </a>
      ))}
    </nav>
  );
}

/** The logged-in user, with their roles and areas, and logout. */
function Account({ caller }: { caller: Caller }) {
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
        <FactList
          facts={[
            [accountStrings.roles, roles.map((role) => accountStrings.roleNames[role]).join(', ')],
            [accountStrings.areas, areas.join(', ') || accountStrings.noArea],
          ]}
        />
        <Button variant="default" size="xs" fullWidth onClick={() => void logOut()}>
          {accountStrings.logOut}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

const schemes = ['auto', 'light', 'dark'] as const;
const icons: Readonly<Record<(typeof schemes)[number], IconName>> = {
  auto: 'screen',
  light: 'sun',
  dark: 'moon',
};

const classNames = {
  root: styles['scheme'] ?? '',
  indicator: styles['schemeIndicator'] ?? '',
  label: styles['schemeLabel'] ?? '',
};

/** Chooses light, dark, or the system's scheme, which is the default. The browser remembers it. */
function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      classNames={classNames}
      aria-label={commonStrings.colorScheme}
      value={colorScheme}
      onChange={setColorScheme}
      data={schemes.map((scheme) => ({
        value: scheme,
        label: (
          <span title={commonStrings.colorSchemes[scheme]}>
            <Icon name={icons[scheme]} />
            <VisuallyHidden>{commonStrings.colorSchemes[scheme]}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}
