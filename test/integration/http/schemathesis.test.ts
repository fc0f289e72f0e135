import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { describeWith } from '../../services/describeWith.ts';
import { testWithSchemathesis } from '../../services/openApi/schemathesis.ts';
import { type IdentifiedService, startIdentified } from '../identity/identifiedService.ts';

/** How long to search for failures, in seconds; without it some thousand requests, which takes about a minute. */
const seconds = z.coerce.number().int().optional().parse(process.env['SCHEMATHESIS_SECONDS']);

describeWith('schemathesis', 'requests generated from the OpenAPI document', (schemathesis) => {
  let service: IdentifiedService;

  beforeAll(async () => {
    // There is no JupyterHub here.
    const methods = JSON.stringify(['local_copy', 'symlink_copy', 'direct_download']);
    service = await startIdentified({ AUTH_MODE: 'tokens', ALLOWED_METHODS: methods });
    await mkdir(join(service.sourceStorage, 'survey'));
    await copyFile('test/fixtures/fits/m31.fits', join(service.sourceStorage, 'survey', 'a.fits'));
  });
  afterAll(() => service.end());

  test('are answered as it describes, valid or not', async () => {
    const operations = [await staged('first'), await staged('second'), await staged('third')];
    const { isClean, output } = await testWithSchemathesis(schemathesis, {
      url: service.url,
      token: service.tokens.operator,
      knownIds: { operations, uws: operations },
      seconds,
    });
    if (!isClean) throw new Error(output);
    const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(output) ?? [];
    expect(Number(generated)).toBeGreaterThan(1000);
    expect(passed).toBe(generated);
    if (seconds !== undefined) process.stdout.write(output);
  }, 900_000);

  /** The id of an operation that has staged a file. */
  async function staged(name: string): Promise<string> {
    const body = { local_path_on_storage: 'survey/a.fits', relative_path: name };
    const answer = await service.as(service.tokens.operator, '/stage/local', { method: 'POST', body });
    return z.object({ operation: z.object({ id: z.string() }) }).parse(answer.json()).operation.id;
  }
});
