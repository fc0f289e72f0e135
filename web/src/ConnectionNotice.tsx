import { apiUrl, isApiElsewhere } from './apiAddress.ts';
import { useConnection } from './connection.ts';

/** Says at the top of the page that the service does not answer, while that is so. */
export function ConnectionNotice() {
  const connection = useConnection();
  return (
    <div role="status" className="connection">
      {connection !== 'reached' &&
        (connection === 'never_reached' && isApiElsewhere() ? <MaybeNotLetIn /> : <Lost />)}
    </div>
  );
}

function Lost() {
  return (
    <p>
      <strong>The service does not answer.</strong> What is shown may be out of date; this page keeps trying.
    </p>
  );
}

/** A browser tells no page whether a service of another origin is down, or does not let the page in. */
function MaybeNotLetIn() {
  const { origin } = new URL(apiUrl(''));
  return (
    <>
      <p>
        <strong>The service at {apiUrl('')} does not answer this page.</strong> It is down, or it does not let
        this page in. This page keeps trying.
      </p>
      <p>
        If the service runs, its administrator must add <code>{location.origin}</code> to its setting{' '}
        <code>CORS_ORIGINS</code>. Where this page has a Content-Security-Policy, that needs{' '}
        <code>connect-src 'self' {origin}</code>.
      </p>
    </>
  );
}
