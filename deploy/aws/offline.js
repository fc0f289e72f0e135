// @ts-check
import { randomUUID } from 'node:crypto';

/**
 * Lets serverless-offline run the functions on the machine of a developer, as API Gateway and Lambda would: with the
 * bundles instead of images, and with the settings of the environment, as `npm start` has them, instead of those of AWS.
 */
export default class Offline {
  /** @param {import('./pluginTypes.ts').Serverless} serverless */
  constructor(serverless) {
    const prepare = () => runBundles(serverless.service);
    this.hooks = {
      'before:offline:start': prepare,
      'before:offline:start:init': prepare,
      'before:offline:start:ready': async () => {
        passAsIs(findGateway(serverless));
        await announce(serverless);
      },
      'before:offline:start:end': () => findGateway(serverless).stop({ timeout: shutdownTimeoutMs() }),
    };
  }
}

/**
 * serverless-offline knows handlers, and no images.
 * @param {import('./pluginTypes.ts').Service} service
 */
function runBundles({ provider, functions }) {
  provider.environment = {};
  for (const definition of Object.values(functions)) {
    definition.handler = `dist/${definition.image.command[0]}`;
    // Instances of functions share one log file here, which none of them may begin anew.
    definition.environment = {
      LOG_FILE_MAX_BYTES: process.env['LOG_FILE_MAX_BYTES'] ?? String(10 ** 10),
      ...invocationSettings(process.env),
    };
  }
}

/**
 * How functions invoke each other here (EXECUTOR=lambda): by the port that is named for that. Requests must be signed,
 * and nobody looks by whom.
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
 * The server that stands for API Gateway.
 * @param {import('./pluginTypes.ts').Serverless} serverless
 */
function findGateway(serverless) {
  return findOffline(serverless).internals().getApiGatewayServer();
}

/** @param {import('./pluginTypes.ts').Serverless} serverless */
function findOffline({ pluginManager }) {
  const offline = pluginManager.plugins.find(isServerlessOffline);
  if (!offline) throw new Error('serverless-offline is no plugin of this service');
  return offline;
}

/**
 * @param {object} plugin
 * @returns {plugin is import('./pluginTypes.ts').ServerlessOffline}
 */
function isServerlessOffline(plugin) {
  return plugin.constructor.name === 'ServerlessOffline';
}

/** By these headers hapi would change answers itself: let in any page, cut out ranges, say that nothing is new. */
const headersOfFunctions = ['origin', 'range', 'if-range', 'if-none-match', 'if-modified-since'];

/**
 * Hands requests and answers on as they are, as API Gateway does. What is changed here is what hapi sees of a request;
 * functions are told the raw headers.
 * @param {import('./pluginTypes.ts').Gateway} gateway
 */
function passAsIs(gateway) {
  gateway.ext('onRequest', ({ info, headers, raw }, toolkit) => {
    for (const name of headersOfFunctions) delete headers[name];
    // What clients take compressed would be compressed, and its length not told.
    info.acceptEncoding = 'identity';
    // A body that is not called anything would be called JSON, and all requests would have the same id.
    if (!headers['content-type']) raw.req.rawHeaders.push('Content-Type', 'application/octet-stream');
    if (!headers['x-request-id']) raw.req.rawHeaders.push('X-Request-Id', randomUUID());
    // Bodies would be read as UTF-8; what counts as binary is handed on byte by byte.
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
 * Asks the service where everything is. Wrong settings end the start, and this function is warm then.
 * @param {import('./pluginTypes.ts').Serverless} serverless
 */
async function announce(serverless) {
  const { uri } = findGateway(serverless).info;
  const response = await fetch(`${uri}/config`);
  if (!response.ok) {
    await findOffline(serverless).end(true);
    // Timers of the invocation would keep the process alive until its time is over.
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

/** As the service's own setting of that name: how long requests that are under way may go on. */
function shutdownTimeoutMs() {
  return Number(process.env['SHUTDOWN_TIMEOUT'] || 30) * 1000;
}
