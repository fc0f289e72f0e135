import type { ReactNode } from 'react';
import { apiUrl } from '../../api/apiAddress.ts';
import type { Caller } from '../../api/site/session.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { Account } from '../login/Account.tsx';
import { ColorSchemeSwitch } from '../theme/ColorSchemeSwitch.tsx';
import styles from './Header.module.css';

/** The page's name, its navigation, the API's documentation, the colour scheme switch, and the logged-in user. */
export function Header({ caller, children }: { caller: Caller | undefined; children: ReactNode }) {
  return (
    <header className={styles.header}>
      <div className={styles.inside}>
        <a className={styles.name} href={hrefs.stage()}>
          <Mark />
          <span>{commonStrings.serviceName}</span>
        </a>
        {children}
        <div className={styles.tools}>
          <a className={styles.api} href={apiUrl('/docs')}>
            {commonStrings.apiDocumentation}
          </a>
          <ColorSchemeSwitch />
          {caller && <Account caller={caller} />}
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
