// @ts-check

/**
 * Gives every route a twin with a trailing slash, as API Gateway tells the two apart and the service does not.
 * Written as events they would not do: osls makes both into one resource, and the second would replace the first.
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
    // `$default` and `{path+}` take whatever follows, slashes too.
    if (key === undefined || key === '$default' || key.endsWith('+}')) continue;
    resources[`${id}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey: `${key}/` } };
  }
}
