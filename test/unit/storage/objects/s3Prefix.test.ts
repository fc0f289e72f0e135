import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, test } from '@jest/globals';
import { openPrefix } from '../../../../shared/storage/objects/s3Prefix.ts';

const never = new AbortController().signal;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The client of a store that answers each request with this XML. */
async function storeThatAnswers(xml: string): Promise<S3Client> {
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/xml').end(`<ListBucketResult>${xml}</ListBucketResult>`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  closers.push(() => {
    client.destroy();
    server.close();
  });
  return client;
}

async function keysOf(client: S3Client): Promise<string[]> {
  const prefix = await openPrefix(client, { bucket: 'bucket', key: 'set/' }, never);
  const keys: string[] = [];
  for await (const event of prefix.walk(never)) if (event.kind === 'object') keys.push(event.object.key);
  return keys;
}

const entry = (key: string) => `<Contents><Key>${key}</Key><ETag>"1"</ETag><Size>1</Size></Contents>`;

test('keys are decoded if the store says that it has encoded them', async () => {
  const encoded = `<EncodingType>url</EncodingType>${entry('set/a+b%2Bc%0D%0A')}`;
  expect(await keysOf(await storeThatAnswers(encoded))).toEqual(['set/a b+c\r\n']);
});

test('keys are left as they are if the store does not say so', async () => {
  expect(await keysOf(await storeThatAnswers(entry('set/a+b%2B')))).toEqual(['set/a+b%2B']);
});

test('a store that lists the same page again and again is not listed for ever', async () => {
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>';
  const client = await storeThatAnswers(`${more}${entry('set/a')}`);
  await expect(keysOf(client)).rejects.toMatchObject({ code: 'OBJECT_STORE_FAILED' });
});
