// @ts-check

/** Refuses to deploy while required values of a site are still the examples of serverless.yml, and lists them. */
export default class RefuseExamples {
  /** @param {import('./pluginTypes.ts').Serverless} serverless */
  constructor(serverless) {
    this.hooks = { initialize: () => refuseExamples(serverless) };
  }
}

/** @param {import('./pluginTypes.ts').Serverless} serverless */
function refuseExamples({ processedInput, configurationInput, classes }) {
  if (processedInput.commands[0] !== 'deploy') return;
  const { default: examples } = configurationInput.params;
  const missing = Object.entries(configurationInput.custom.site).filter(
    ([name, value]) => value === examples[name],
  );
  if (missing.length === 0) return;
  const parameters = missing.map(([name, value]) => `  --param ${name}=… such as ${value}`);
  throw new classes.Error(
    `Say what your site has (docs/serverless.md tells how):\n${parameters.join('\n')}`,
    'SITE_NOT_DESCRIBED',
  );
}
