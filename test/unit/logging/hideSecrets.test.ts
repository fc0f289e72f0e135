import { describe, expect, test } from '@jest/globals';
import { hideSecrets, hideSecretsInText } from '../../../shared/logging/logger.ts';

const hide = (entry: unknown): unknown => JSON.parse(hideSecrets(`${JSON.stringify(entry)}\n`));

describe('secrets in text', () => {
  test.each([
    ['mysql://root:hunter2@db:3306/staging', 'mysql://[secret]@db:3306/staging'],
    ['mysql://root:hun@ter/2@db/staging', 'mysql://[secret]@db/staging'],
    ['mysql://root:12345@db/staging', 'mysql://[secret]@db/staging'],
    ['redis://:hunter2@redis:6379', 'redis://[secret]@redis:6379'],
    ['https://hunter2@example.org/x', 'https://[secret]@example.org/x'],
    [
      'POST /stage_data?jupyter_token=hunter2&username=anna',
      'POST /stage_data?jupyter_token=[secret]&username=anna',
    ],
    ['/login?next=%2Fuser%3Ftoken%3Dhunter2', '/login?next=%2Fuser%3Ftoken%3D[secret]'],
    ['?X-Amz-Signature=hunter2&X-Amz-Date=1', '?X-Amz-Signature=[secret]&X-Amz-Date=1'],
    ['Authorization: token hunter2\nHost: hub', 'Authorization: [secret]\nHost: hub'],
    ['Cookie: a=hunter2; b=hunter2', 'Cookie: [secret]'],
    ['sent Bearer abcdefghijklmn0pqrst to hub', 'sent Bearer [secret] to hub'],
    ['sent token 0123456789abcdef0123456789abcdef', 'sent token [secret]'],
    ['body {"token":"hunter2","a":1}', 'body {"token":[secret],"a":1}'],
    ["{ password: 'hunter2 and more', a: 1 }", '{ password: [secret], a: 1 }'],
    ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig', 'got [secret]'],
  ])('%s', (text, shown) => {
    expect(hideSecretsInText(text)).toBe(shown);
  });

  test.each([
    'http://hub:8000/user/anna@ska.org/api',
    'file:///work/node_modules/@jupyterlab/services/index.js:10:5',
    'JupyterHub does not let this token start servers, as token authentication failed.',
    'Unexpected token } in JSON at position 4',
    'Access denied for user root (using password: YES)',
    '/data/secret/token.fits',
  ])('nothing is redacted that is not a secret: %s', (text) => {
    expect(hideSecretsInText(text)).toBe(text);
  });

  test('a secret in JSON within JSON is redacted', () => {
    const text = JSON.stringify(JSON.stringify({ jupyter_token: 'hunter2', a: 'b' }));
    expect(hideSecretsInText(text)).not.toContain('hunter2');
  });

  test.each([':', '://a:', 'token=', 'token: ', 'aaaa', 'eyJ', 'token"', 'Bearer '])(
    'a long hostile text of %j is processed quickly',
    (piece) => {
      expect(hideSecretsInText(`token ${piece.repeat(100_000)}`)).toBeDefined();
    },
  );
});

describe('secrets in log lines', () => {
  test('are redacted under keys that name them, at any depth and in any case', () => {
    const line = JSON.stringify(
      hide({
        token: 'hunter2',
        jupyterToken: 'hunter2',
        a: { b: [{ c: { d: { PASSWORD: 'hunter2', headers: { Authorization: 'x hunter2' } } } }] },
        'set-cookie': ['a=hunter2', 'b=hunter2'],
        credentials: { user: 'hunter2' },
        api_key: 4711,
      }),
    );
    expect(line).not.toContain('hunter2');
    expect(line).not.toContain('4711');
  });

  test('are redacted in values, and the rest of the line stays', () => {
    expect(hide({ level: 'INFO', database_url: 'mysql://u:hunter2@db/s', n: 1, has_token: true })).toEqual({
      level: 'INFO',
      database_url: 'mysql://[secret]@db/s',
      n: 1,
      has_token: true,
    });
  });

  test('a line without a trace of a secret is returned unchanged', () => {
    const line = '{"level":"INFO", "msg":"copied"}\n';
    expect(hideSecrets(line)).toBe(line);
  });

  test('a line that is not JSON is cleaned as text', () => {
    expect(hideSecrets('token=hunter2 {\n')).toBe('token=[secret] {\n');
  });
});
