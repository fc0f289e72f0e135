// @ts-check

/**
 * Adds a route with a trailing slash to every route, because API Gateway distinguishes the two and the service does
 * not. They cannot be written as events: osls makes both into one resource, and the second would replace the first.
 */
export default class TrailingSlashes {
  /** @param {import('./pluginTypes.ts').Serverless} serverless */
  constructor({ service }) {
    this.hooks = { 'after:package:compileEvents': () => addTwins(service) };
  }
}

/** @param {import('./pluginTypes.ts').Service} service */
function addTwins({ provider }) {
  const { Resources: resources } = provider.compiledCloudFormationTemplate;
  for (const [id, resource] of Object.entries(resources)) {
    const { RouteKey: key } = resource.Properties;
    // `$default` and `{path+}` match any path, including slashes.
    if (key === undefined || key === '$default' || key.endsWith('+}')) continue;
    resources[`${id}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey: `${key}/` } };
  }
}
