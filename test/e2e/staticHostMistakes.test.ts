import { test } from '@jest/globals';
import { describeWithNginx, hostedOn, restorePageConfig, writePageConfig } from './staticHost.ts';
import { useWebPage } from './webPage.ts';

describeWithNginx('the web page for a service that does not allow its origin', (browser, nginx) => {
  const elsewhere = { CORS_ORIGINS: 'https://portal.example.org' };
  const web = useWebPage(browser, hostedOn(nginx, '/stranger/', elsewhere));

  test('the page names the setting of the service and the value to add', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/CORS policy|net::ERR_FAILED/);
    const notice = page.getByRole('status').filter({ hasText: 'CORS_ORIGINS' });
    await notice.getByText(`The service at ${service.url} does not answer this page.`).waitFor();
    await notice.getByText(nginx.origin, { exact: true }).waitFor();
    await notice.getByText(`connect-src 'self' ${service.url}`).waitFor();
  });
});

describeWithNginx('the web page with a wrong configuration', (browser, nginx) => {
  const path = '/wrong/';
  const web = useWebPage(browser, hostedOn(nginx, path, { CORS_ORIGINS: nginx.origin }));

  test.each([
    ['is missing', undefined, 'Its host answers with HTTP status 404.'],
    ['is a page', '<!doctype html><title>x</title>', 'It holds no JSON, but begins with "<!doctype html>'],
    ['says nothing of the API', '{}', '"api" is missing or is no text'],
    ['says no address', '{"api": "api.example.org"}', '"api" is "api.example.org", and must be an address'],
  ])('a config.json that %s is reported as wrong, until it is right', async (_title, text, problem) => {
    const { page, service } = web;
    web.allowFailedRequests(/status of 404/);
    await writePageConfig(nginx, path, text);
    await page.reload();
    const alert = page.getByRole('alert');
    await alert.getByText(problem).waitFor();
    await alert.getByText(`${nginx.origin}${path}config.json`).waitFor();
    await alert.getByText('{ "api": "https://api.example.org" }').waitFor();
    await writePageConfig(nginx, path, JSON.stringify({ api: service.url }));
    await page.getByRole('radio', { name: 'local_copy' }).waitFor();
  });

  test('a config.json that was not adapted leads to no service, and the page says so', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 404/);
    await restorePageConfig(nginx, path);
    await page.reload();
    await page.getByText(`The server at ${nginx.origin}/wrong is not the staging service.`).first().waitFor();
    await page.getByText('Reload this page, or correct its config.json.').first().waitFor();
  });
});
