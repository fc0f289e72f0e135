import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { tokenHash } from '../../shared/identity/ownTokens.ts';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from '../services/describeWith.ts';
import { freePort } from '../services/freePort.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../services/openId/openIdProvider.ts';
import { faultsOf } from './axe.ts';
import { requestFor } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

const audience = 'https://staging.example.org';
const token = `skast_${randomUUID()}`;

describeWith('chromium', 'logging in on the web page', (browser) => {
  let provider: OpenIdProvider;
  const web = useWebPage(browser, { environment: settings });
  beforeAll(() => writeFile(join(web.service.sourceStorage, 'a.fits'), 'data'));
  // The provider's pages have no icon, and request external fonts.
  beforeEach(() => web.allowFailedRequests(/401|404|ERR_NAME_NOT_RESOLVED/));
  afterAll(() => provider.stop());

  /** A service with a provider that has its page as a client, and with a token of its own. */
  async function settings(): Promise<NodeJS.ProcessEnv> {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const client = {
      client_id: 'page',
      client_secret: 'secret of the page',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: [`${url}/login/callback`],
      post_logout_redirect_uris: [`${url}/`],
    };
    provider = await startOpenIdProvider({
      audience,
      clients: [client],
      users: { olga: { groups: ['staging-operators'] } },
    });
    const tokens = join(tmpdir(), `tokens-${randomUUID()}`);
    const line = { name: 'paul', sha256: tokenHash(token), user: 'paul', roles: ['user'], expires_at: null };
    await writeFile(tokens, JSON.stringify(line));
    return {
      PORT: port,
      AUTH_MODE: 'oidc,tokens',
      AUTH_TOKENS_FILE: tokens,
      OIDC_ISSUERS: provider.issuer,
      OIDC_AUDIENCE: audience,
      OIDC_CLIENT_ID: client.client_id,
      OIDC_CLIENT_SECRET: client.client_secret,
      OPERATOR_GROUPS: 'staging-operators',
    };
  }

  /** Logs in at the provider's own pages, and consents to the service. */
  async function logInAs(name: string): Promise<void> {
    const { page } = web;
    await page.getByRole('button', { name: 'Log in with your institute' }).click();
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: `Logged in as ${name}` }).waitFor();
  }

  /** Those of the service: cookies apply to all ports of a host, and the provider has its own. */
  async function ownCookies() {
    const cookies = await web.page.context().cookies(web.service.url);
    return cookies.filter(({ name }) => name.startsWith('__Host-'));
  }

  test('a user logs in at the provider, stages, and logs out', async () => {
    const { page, service } = web;
    await page.goto('/#/?source=a.fits');
    await logInAs('anna');
    expect(new URL(page.url()).hash).toBe('#/?source=a.fits');
    expect(await page.getByLabel('Username').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Logs', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await requestFor(page, 'a.fits')
      .getByText(/in place/)
      .waitFor();
    const cookies = await ownCookies();
    expect(cookies).toMatchObject([
      { name: '__Host-staging', httpOnly: true, secure: true, sameSite: 'Lax' },
    ]);
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).not.toContain(cookies[0]?.value);
    await page.getByRole('button', { name: 'Logged in as anna' }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    // The provider asks whether to log out there, too.
    await waitFor(() => page.url().startsWith(provider.issuer));
    const cookie = `__Host-staging=${cookies[0]?.value}`;
    expect((await fetch(`${service.url}/operations`, { headers: { cookie } })).status).toBe(401);
  });

  test('an operator sees the log, and stages for others', async () => {
    const { page } = web;
    await logInAs('olga');
    await page.getByRole('link', { name: 'Logs', exact: true }).click();
    await page.getByText('service started').waitFor();
    await page.goto('/#/?source=a.fits');
    await page.getByLabel('Username').fill('zoe');
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await requestFor(page, 'a.fits')
      .getByText(/in place/)
      .waitFor();
  });

  test('a token logs in, the refusal of a wrong one is explained, and the page does not store it', async () => {
    const { page } = web;
    await page.getByRole('textbox', { name: 'Token' }).fill('skast_wrong');
    await page.getByRole('button', { name: 'Log in with the token' }).click();
    await page.getByText('it is unknown, has expired, or was revoked').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.getByRole('button', { name: 'Log in with the token' }).click();
    await page.getByRole('button', { name: 'Logged in as paul' }).waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).not.toContain(token);
    await page.getByRole('link', { name: 'Operations', exact: true }).click();
    await page.getByText('Live').waitFor();
    await page.getByRole('button', { name: 'Logged in as paul' }).click();
    // The provider, where nobody is logged in, returns to the page at once.
    const atProvider = page.waitForRequest((request) => request.url().startsWith(provider.issuer));
    await page.getByRole('button', { name: 'Log out' }).click();
    await atProvider;
    await page.getByRole('textbox', { name: 'Token' }).waitFor();
  });

  test('a login that was started in another browser is not completed here', async () => {
    const { page } = web;
    web.allowFailedRequests(/403/);
    await page.goto('/login/callback?code=stolen&state=of-another');
    await page.getByText('LOGIN_FAILED').waitFor();
    expect(await ownCookies()).toEqual([]);
    await page.goto('/');
  });

  test.each(['light', 'dark'] as const)('axe finds no violations, %s', async (colorScheme) => {
    const { page } = web;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.getByRole('textbox', { name: 'Token' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Logged in as paul' }).click();
    await page.getByText('User areas').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });
});
