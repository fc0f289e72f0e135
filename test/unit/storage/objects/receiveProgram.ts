import { createHttpConnections } from '../../../../shared/storage/objects/requests/httpConnections.ts';

// Receives five bytes by TLS from a host and port, and prints them: trusted certificates are configured per process.
const [host = '', port] = process.argv.slice(2);
const request = {
  isSecure: true,
  host,
  port: Number(port),
  head: `GET /object HTTP/1.1\r\nhost: ${host}\r\n`,
  etag: '"1"',
};
const content = Buffer.alloc(5);
const { bytes } = await createHttpConnections().receive(request, { content }, new AbortController().signal);
process.stdout.write(content.subarray(0, bytes));
process.exit(0);
