import type { Caller } from '../../api/site/session.ts';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { hrefs, type View, views } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import styles from './Navigation.module.css';

const targets: Readonly<Record<View, { href: string; icon: IconName }>> = {
  stage: { href: hrefs.stage(), icon: 'stage' },
  data: { href: hrefs.data(), icon: 'bucket' },
  operations: { href: hrefs.operations(), icon: 'list' },
  logs: { href: hrefs.logs(), icon: 'lines' },
  files: { href: hrefs.files(), icon: 'folder' },
  overview: { href: hrefs.overview(), icon: 'chart' },
};

/** The views: in the header on a wide screen, at the bottom edge on a phone. */
export function Navigation({ current, caller }: { current: View; caller: Caller }) {
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
