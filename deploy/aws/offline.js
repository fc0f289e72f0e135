import { randomUUID } from 'node:crypto';

/**
 * Lets serverless-offline run the functions as API Gateway and Lambda would, on the machine of a developer: with the
 * bundles instead of images, and with the settings of the environment (as `npm start` has them) instead of those of AWS.
 */
export default class Offline {
  constructor(serverless) {
    const gateway = () => findGateway(serverless);
    const prepare = () => runBundles(serverless.service);
    this.hooks = {
      'before:offline:start': prepare,
      'before:offline:start:init': prepare,
      'before:offline:start:ready': async () => {
        passAsIs(gateway());
        await announce(gateway());
      },
      'before:offline:start:end': () => gateway().stop({ timeout: shutdownTimeoutMs() }),
    };
  }
}

/** serverless-offline knows handlers, and no images. */
function runBundles({ provider, functions }) {
  provider.environment = {};
  for (const definition of Object.values(functions)) {
    definition.handler = `dist/${definition.image.command[0]}`;
    // Instances of functions share one log file here, which none of them may begin anew.
    definition.environment = { LOG_FILE_MAX_BYTES: process.env.LOG_FILE_MAX_BYTES ?? String(10 ** 10) };
  }
}

/** The HTTP server (hapi) that stands for API Gateway. */
function findGateway({ pluginManager }) {
  return pluginManager.plugins
    .find((plugin) => plugin.constructor.name === 'ServerlessOffline')
    .internals()
    .getApiGatewayServer();
}

/** Keeps what serverless-offline adds to requests and answers of its own away, as API Gateway adds none of it. */
function passAsIs(gateway) {
  gateway.ext('onRequest', (request, toolkit) => {
    // hapi would compress what clients take compressed, and not tell its length.
    request.info.acceptEncoding = 'identity';
    // It would let in pages of any origin. Functions see the header all the same, in the raw ones.
    delete request.headers.origin;
    // It would call a body JSON that is not called anything.
    if (!request.headers['content-type']) {
      request.raw.req.rawHeaders.push('Content-Type', 'application/octet-stream');
    }
    // It would give all requests the same id.
    if (!request.headers['x-request-id']) request.raw.req.rawHeaders.push('X-Request-Id', randomUUID());
    return toolkit.continue;
  });
}

/** Asks the service where everything is. That function is warm then, and wrong settings end the start. */
async function announce({ info: { uri } }) {
  const response = await fetch(`${uri}/config`);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  process.stdout.write(
    `Listening on ${uri}\n` +
      `  source storage  ${answer.source_storage_path}\n` +
      `  user areas      ${answer.target_storage_path}\n` +
      `  log             ${uri}/logs\n` +
      `  API             ${uri}/docs\n`,
  );
}

/** As the setting of that name: how long requests that are under way may go on. */
function shutdownTimeoutMs() {
  return Number(process.env.SHUTDOWN_TIMEOUT || 30) * 1000;
}
