import { useEffect, useState } from 'react';
import { apiUrl } from './apiAddress.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import { CreateFilePanel } from './CreateFilePanel.tsx';
import { LogsPanel } from './LogsPanel.tsx';
import { OperationDetail } from './OperationDetail.tsx';
import { OperationsPanel } from './OperationsPanel.tsx';
import { StagePanel } from './StagePanel.tsx';
import { hrefs, type Route, useRoute } from './useRoute.ts';

const titles: Readonly<Record<Route['view'], string>> = {
  stage: 'Stage data',
  'create-file': 'Create a file',
  logs: 'Logs',
};

/** The whole page. Forms stay where they are while another view is shown, so that nothing typed is lost. */
export function App() {
  const { view, operationId } = useRoute();
  const [source, setSource] = useState('');

  useEffect(() => {
    document.title = `${titles[view]} · SKA Staging Service`;
  }, [view]);

  return (
    <>
      <header className="header">
        <h1>SKA Staging Service</h1>
        <nav aria-label="Views">
          <NavLink href={hrefs.stage} view="stage" current={view} />
          <NavLink href={hrefs.createFile} view="create-file" current={view} />
          <NavLink href={hrefs.logs} view="logs" current={view} />
          <a href={apiUrl('/docs')}>API</a>
        </nav>
      </header>
      <ConnectionNotice />
      <main>
        <div className="stage-view" hidden={view !== 'stage'}>
          <StagePanel source={source} onSource={setSource} />
          <div className="stack">
            {view === 'stage' && operationId && <OperationDetail key={operationId} id={operationId} />}
            <OperationsPanel isShown={view === 'stage'} shownOperation={operationId} />
          </div>
        </div>
        <div hidden={view !== 'create-file'}>
          <CreateFilePanel onStage={setSource} />
        </div>
        {view === 'logs' && <LogsPanel key={operationId} operationId={operationId} />}
      </main>
    </>
  );
}

function NavLink({ href, view, current }: { href: string; view: Route['view']; current: Route['view'] }) {
  return (
    <a href={href} aria-current={view === current ? 'page' : undefined}>
      {titles[view]}
    </a>
  );
}
