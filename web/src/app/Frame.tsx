import { useQuery } from '@tanstack/react-query';
import { Component, type ReactNode, Suspense, useEffect, useRef } from 'react';
import { sessionQuery } from '../api/session.ts';
import { siteConfigQuery } from '../api/site.ts';
import { Failure, Loading } from '../components/layout/Loaded.tsx';
import { Message } from '../components/layout/Message.tsx';
import { useRoute } from '../routing/useRoute.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './Frame.module.css';
import { Header } from './Header.tsx';
import { Login } from './Login.tsx';
import { ConnectionNotice } from './notices/ConnectionNotice.tsx';
import { EndNotices } from './notices/EndNotices.tsx';
import { lazyViews, preloadViews } from './views.ts';

/** The frame around every view: header, navigation, and the connection state. */
export function Frame() {
  const { view } = useRoute();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  const { data: session, error } = useQuery(sessionQuery);
  const caller = session?.caller ?? undefined;
  useQuery({ ...siteConfigQuery, enabled: caller !== undefined });

  useEffect(() => {
    document.title = `${commonStrings.viewTitles[view]} · ${commonStrings.serviceName}`;
    // After a change of view by keyboard or screen reader, the focus must be in the view, not at the link.
    if (shown.current !== view) main.current?.focus({ preventScroll: true });
    shown.current = view;
    window.scrollTo(0, 0);
  }, [view]);
  useEffect(preloadWhenIdle, []);

  const ShownView = lazyViews[view].Component;
  return (
    <div className={styles.frame}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {commonStrings.skipToContent}
      </button>
      <Header session={session} />
      <ConnectionNotice />
      {caller && <EndNotices />}
      <main ref={main} id="content" tabIndex={-1} className={styles.main}>
        <ErrorBoundary key={view}>
          {session && !caller && <Login session={session} />}
          {!session && (error ? <Failure error={error} /> : <Loading />)}
          {caller && (
            <Suspense fallback={<Loading />}>
              <ShownView />
            </Suspense>
          )}
        </ErrorBoundary>
      </main>
      <Footer />
    </div>
  );
}

function preloadWhenIdle(): () => void {
  // Safari has no requestIdleCallback.
  const timer = setTimeout(preloadViews, 1000);
  return () => clearTimeout(timer);
}

/** The version of the service, for support requests. */
function Footer() {
  const { data } = useQuery(siteConfigQuery);
  return (
    <footer className={styles.footer}>{data && commonStrings.version(data.version, data.commit)}</footer>
  );
}

/** Shown in place of a component that cannot be rendered. React needs a class for that. */
class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Message kind="bad" title={commonStrings.viewFailed}>
        <p>{commonStrings.viewFailedRemedy}</p>
        <button type="button" onClick={() => location.reload()}>
          {commonStrings.reload}
        </button>
      </Message>
    );
  }
}
