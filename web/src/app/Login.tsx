import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { apiUrl, isApiElsewhere } from '../api/apiAddress.ts';
import { logIn, type Session } from '../api/session.ts';
import { Message } from '../components/layout/Message.tsx';
import { Panel, ViewTitle } from '../components/layout/View.tsx';
import { accountStrings } from '../strings/account.ts';
import styles from './Login.module.css';

/** Shown instead of the views to users who are not logged in. */
export function Login({ session }: { session: Session }) {
  return (
    <div className={styles.login}>
      <ViewTitle title={accountStrings.logIn} hint={accountStrings.hint} />
      {isApiElsewhere() ? <Elsewhere /> : <Ways session={session} />}
    </div>
  );
}

function Ways({ session: { has_login, auth_modes } }: { session: Session }) {
  const takesTokens = auth_modes.includes('tokens') || (auth_modes.includes('oidc') && !has_login);
  const view = location.hash || '#/';
  return (
    <>
      {has_login && (
        <Panel title={accountStrings.atProvider}>
          <Button
            fullWidth
            onClick={() => location.assign(apiUrl(`/login?${new URLSearchParams({ view })}`))}
          >
            {accountStrings.withProvider}
          </Button>
        </Panel>
      )}
      {takesTokens && (
        <Panel title={accountStrings.token}>
          <TokenForm />
        </Panel>
      )}
      {!has_login && !takesTokens && (
        <Message kind="bad" title={accountStrings.notByProxy}>
          <p>{accountStrings.notByProxyRemedy}</p>
        </Message>
      )}
    </>
  );
}

function TokenForm() {
  const [token, setToken] = useState('');
  const login = useMutation({ mutationFn: logIn, onError: () => setToken('') });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        login.mutate(token.trim());
      }}
    >
      <PasswordInput
        label={accountStrings.tokenLabel}
        description={accountStrings.tokenHint}
        autoComplete="off"
        required
        value={token}
        error={login.error?.message}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <Button type="submit" loading={login.isPending} disabled={token.trim() === ''} fullWidth>
        {accountStrings.withToken}
      </Button>
    </form>
  );
}

/** The cookie of a login is only for the service's own page. */
function Elsewhere() {
  return (
    <Message kind="plain" title={accountStrings.elsewhere}>
      <p>
        <a href={apiUrl('/')}>{apiUrl('/')}</a>
      </p>
    </Message>
  );
}
