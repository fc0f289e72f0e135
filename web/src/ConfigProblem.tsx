import { configUrl } from './apiAddress.ts';

/** What is shown instead of the page when it cannot learn where the service is. */
export function ConfigProblem({ problem }: { problem: string }) {
  return (
    <>
      <header className="header">
        <h1>SKA Staging Service</h1>
      </header>
      <main>
        <div role="alert" className="notice bad narrow">
          <p>
            <strong>This page does not know where the staging service is.</strong>
          </p>
          <p>
            It looks for that in <a href={configUrl}>{configUrl}</a>. {problem}
          </p>
          <p>
            Who hosts this page puts that file beside <code>index.html</code>, with the address of the
            service:
          </p>
          <pre>{'{ "api": "https://api.example.org" }'}</pre>
          <p>This page tries again by itself.</p>
        </div>
      </main>
    </>
  );
}
