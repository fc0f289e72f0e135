// @ts-check
import { randomUUID } from 'node:crypto';

/**
 * Lets serverless-offline run the functions on a developer's machine like API Gateway and Lambda: with the bundles
 * instead of images, and with the settings from the environment, as for `npm start`, instead of those of AWS.
 */
export default class Offline {
  /** @param {import('./pluginTypes.ts').Serverless} serverless */
  constructor(serverless) {
    const prepare = () => runBundles(serverless.service);
    this.hooks = {
      'before:offline:start': prepare,
      'before:offline:start:init': prepare,
      'before:offline:start:ready': async () => {
        const gateway = findGateway(serverless);
        passAsIs(gateway);
        nameGateway(serverless.service, gateway);
        await announce(serverless);
      },
      'before:offline:start:end': () => findGateway(serverless).stop({ timeout: shutdownTimeoutMs() }),
    };
  }
}

/**
 * serverless-offline supports handlers, but not images.
 * @param {import('./pluginTypes.ts').Service} service
 */
function runBundles({ provider, functions }) {
  provider.environment = {};
  for (const definition of Object.values(functions)) {
    definition.handler = `dist/${definition.image.command[0]}`;
    // Instances of functions share one log file here, which none of them may rotate.
    definition.environment = {
      LOG_FILE_MAX_BYTES: process.env['LOG_FILE_MAX_BYTES'] ?? String(10 ** 10),
      ...invocationSettings(process.env),
    };
  }
}

/**
 * Tells the functions where clients reach them, unless a setting does: the name of the API in an event is an example
 * here.
 * @param {import('./pluginTypes.ts').Service} service
 * @param {import('./pluginTypes.ts').Gateway} gateway
 */
function nameGateway({ functions }, { info }) {
  if (process.env['PUBLIC_URLS']) return;
  const { port } = new URL(info.uri);
  const PUBLIC_URLS = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `http://${name}:${port}`).join();
  for (const definition of Object.values(functions)) {
    definition.environment = { ...definition.environment, PUBLIC_URLS };
  }
}

/**
 * How functions invoke each other here (EXECUTOR=lambda): by the port set for that. Requests must be signed, but the
 * signature is not checked.
 * @param {NodeJS.ProcessEnv} environment
 */
function invocationSettings({
  LAMBDA_PORT: port,
  LAMBDA_ENDPOINT,
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
}) {
  if (!port) return {};
  return {
    LAMBDA_ENDPOINT: LAMBDA_ENDPOINT ?? `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID ?? 'offline',
    AWS_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY ?? 'offline',
  };
}

/**
 * The server in the role of API Gateway.
 * @param {import('./pluginTypes.ts').Serverless} serverless
 */
function findGateway(serverless) {
  return findOffline(serverless).internals().getApiGatewayServer();
}

/** @param {import('./pluginTypes.ts').Serverless} serverless */
function findOffline({ pluginManager }) {
  const offline = pluginManager.plugins.find(isServerlessOffline);
  if (!offline) throw new Error('serverless-offline is not a plugin of this service');
  return offline;
}

/**
 * @param {object} plugin
 * @returns {plugin is import('./pluginTypes.ts').ServerlessOffline}
 */
function isServerlessOffline(plugin) {
  return plugin.constructor.name === 'ServerlessOffline';
}

/** Headers by which hapi would change answers itself: allow any origin, serve ranges, answer 304. */
const headersOfFunctions = ['origin', 'range', 'if-range', 'if-none-match', 'if-modified-since'];

/**
 * Passes requests and answers on unchanged, as API Gateway does. What is changed here is what hapi sees of a request;
 * functions get the raw headers.
 * @param {import('./pluginTypes.ts').Gateway} gateway
 */
function passAsIs(gateway) {
  gateway.ext('onRequest', ({ info, headers, raw }, toolkit) => {
    for (const name of headersOfFunctions) delete headers[name];
    // Answers that clients accept compressed would be compressed, and lose their Content-Length.
    info.acceptEncoding = 'identity';
    // A body without a content type would become JSON, and all requests would have the same id.
    if (!headers['content-type']) raw.req.rawHeaders.push('Content-Type', 'application/octet-stream');
    if (!headers['x-request-id']) raw.req.rawHeaders.push('X-Request-Id', randomUUID());
    // Bodies would be read as UTF-8; binary ones are passed on byte by byte.
    headers['content-type'] = 'application/octet-stream';
    return toolkit.continue;
  });
  gateway.ext('onPreHandler', (request, toolkit) => {
    // By now the route is found, and the path has lost a trailing slash.
    const pathname = request.raw.req.url.replace(/\?.*/s, '');
    const { search, searchParams } = request.url;
    Object.defineProperty(request, 'url', { value: { pathname, search, searchParams } });
    return toolkit.continue;
  });
}

/**
 * Queries the service for its paths. Invalid settings make the start fail, and this function is warm afterwards.
 * @param {import('./pluginTypes.ts').Serverless} serverless
 */
async function announce(serverless) {
  const { uri } = findGateway(serverless).info;
  const response = await fetch(`${uri}/config`);
  if (!response.ok) {
    await findOffline(serverless).end(true);
    // Timers of the invocation would keep the process alive until its timeout.
    process.exit(1);
  }
  const { source_storage_path: source, target_storage_path: areas } = Object(await response.json());
  process.stdout.write(
    `Listening on ${uri}\n` +
      `  source storage  ${source}\n` +
      `  user areas      ${areas}\n` +
      `  log             ${uri}/logs\n` +
      `  API             ${uri}/docs\n`,
  );
}

/** Like the service's own setting of that name: how long requests in progress may continue. */
function shutdownTimeoutMs() {
  return Number(process.env['SHUTDOWN_TIMEOUT'] || 30) * 1000;
}
