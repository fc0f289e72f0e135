/**
 * Gives every route a twin with a trailing slash, as API Gateway tells the two apart and the service does not.
 * Written as events they would not do: osls makes both into one resource, and the second would replace the first.
 */
export default class TrailingSlashes {
  constructor(serverless) {
    this.hooks = { 'after:package:compileEvents': () => addTwins(serverless.service.provider) };
  }
}

function addTwins({ compiledCloudFormationTemplate: { Resources: resources } }) {
  for (const [id, resource] of Object.entries(resources)) {
    if (resource.Type !== 'AWS::ApiGatewayV2::Route') continue;
    const { RouteKey: key } = resource.Properties;
    // `$default` and `{path+}` take whatever follows, slashes too.
    if (key === '$default' || key.endsWith('+}')) continue;
    resources[`${id}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey: `${key}/` } };
  }
}
