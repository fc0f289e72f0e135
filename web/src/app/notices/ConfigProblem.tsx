import { configUrl } from '../../api/apiAddress.ts';
import { addressStrings, commonStrings } from '../../strings/common.ts';
import styles from '../frame/Frame.module.css';

/** Shown instead of the page when it cannot determine the address of the service. */
export function ConfigProblem({ problem }: { problem: string }) {
  return (
    <main className={styles.main}>
      <h1>{commonStrings.serviceName}</h1>
      <div role="alert" className={styles.notice}>
        <p>
          <strong>{addressStrings.unknown}</strong>
        </p>
        <p>
          {addressStrings.looksIn} <a href={configUrl}>{configUrl}</a>. {problem}
        </p>
        <p>
          {addressStrings.hostPutsFile} <code>index.html</code>
          {addressStrings.withAddress}
        </p>
        <pre>{'{ "api": "https://api.example.org" }'}</pre>
        <p>{commonStrings.triesAgain}</p>
      </div>
    </main>
  );
}
