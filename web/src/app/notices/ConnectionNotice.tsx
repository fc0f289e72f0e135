import { apiUrl, configUrl, isApiElsewhere } from '../../api/apiAddress.ts';
import { useConnection } from '../../api/connection.ts';
import { addressStrings, commonStrings } from '../../strings/common.ts';
import styles from '../Frame.module.css';

/** Shows at the top of the page that the service does not answer. */
export function ConnectionNotice() {
  const connection = useConnection();
  return (
    <div role="status" className={styles.connection} data-lost={connection === 'lost' || undefined}>
      {connection !== 'reached' && (
        <div className={styles.notice}>
          {connection === 'never_reached' && isApiElsewhere() ? <MaybeNotLetIn /> : <Lost />}
        </div>
      )}
    </div>
  );
}

function Lost() {
  return (
    <p>
      <strong>{commonStrings.doesNotAnswer}</strong> {commonStrings.maybeOutOfDate}
    </p>
  );
}

/** A browser does not show whether a service of another origin is down, or refuses the page. */
function MaybeNotLetIn() {
  const { origin } = new URL(apiUrl(''));
  return (
    <>
      <p>
        <strong>{addressStrings.notLetIn(apiUrl(''))}</strong> {addressStrings.downOrNotLetIn}
      </p>
      <p>
        {addressStrings.ifItRuns} <code>{location.origin}</code> {addressStrings.toSetting}{' '}
        <code>CORS_ORIGINS</code>. {addressStrings.policyNeeds} <code>connect-src 'self' {origin}</code>.
      </p>
    </>
  );
}

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
          {addressStrings.looksIn} <a href={configUrl()}>{configUrl()}</a>. {problem}
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
