import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { HubToken, Secret } from '../../../shared/config/secret.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { ServerConnection } from '../../../shared/jupyter/jupyterClient.ts';
import { hideSecrets, hideSecretsInText } from '../../../shared/logging/logger.ts';
import { hideLiveSecrets } from '../../../shared/process/liveSecrets.ts';
import { waitFor } from '../../contracts/waitFor.ts';

test('a secret is redacted in the sentence of every error, which answers and the record contain', () => {
  const secret = new Secret('0123456789+abcdef=');
  const text = `no header may be ${secret.reveal()}`;
  const errors = [{ path: 'query.x', message: text }];
  for (const error of [
    new StagingError('JUPYTER_UNREACHABLE', { reason: text }, { errors }),
    new StagingError('INTERNAL', {}, { sentence: text, errors }),
  ]) {
    expect(error.message).toContain('no header may be [secret]');
    expect(error.errors).toEqual([{ path: 'query.x', message: 'no header may be [secret]' }]);
  }
});

test('a secret is redacted in every log line, as it is and encoded for a URL', () => {
  const secret = new Secret('0123456789+abcdef=');
  const shown = encodeURIComponent(secret.reveal());
  expect(hideSecretsInText(`${secret.reveal()} /x/${shown}`)).toBe('[secret] /x/[secret]');
  const line = { msg: `it said ${secret.reveal()}`, err: { cause: { path: `/x/${shown}` } }, bytes: 1 };
  expect(JSON.parse(hideSecrets(JSON.stringify(line)))).toEqual({
    msg: 'it said [secret]',
    err: { cause: { path: '/x/[secret]' } },
    bytes: 1,
  });
});

test('a short secret redacts no words', () => {
  const secret = new Secret('staging');
  expect(hideLiveSecrets(`ska-${secret.reveal()}`)).toBe('ska-staging');
});

test('a secret is forgotten with its last holder', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  if (typeof collectGarbage !== 'function') throw new Error('There is no gc');
  const text = 'forgotten-0123456789';
  const holders = [new Secret(text), new Secret(text)];
  expect(hideLiveSecrets(text)).toBe('[secret]');
  holders.pop();
  collectGarbage();
  await waitFor(async () => {
    collectGarbage();
    return hideLiveSecrets(text) === '[secret]';
  });
  holders.pop();
  await waitFor(async () => {
    collectGarbage();
    return hideLiveSecrets(text) === text;
  });
});

test("the compiler refuses the service's token for a notebook server", () => {
  const token = new HubToken('0123456789abcdef');
  // @ts-expect-error: it is only for the hub.
  const connection: Pick<ServerConnection, 'token'> = { token: async () => token };
  expect(connection).toBeDefined();
});
