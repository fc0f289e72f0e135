/** Refuses to deploy while a parameter still has its example of serverless.yml, and says which. */
export default class RefuseExamples {
  constructor(serverless) {
    this.hooks = { initialize: () => refuseExamples(serverless) };
  }
}

function refuseExamples({ processedInput, configurationInput, classes }) {
  if (processedInput.commands[0] !== 'deploy') return;
  const {
    params: { default: examples },
    custom: { site },
  } = configurationInput;
  const missing = Object.keys(site).filter((name) => site[name] === examples[name]);
  if (missing.length === 0) return;
  const parameters = missing.map((name) => `--param ${name}=… (like ${examples[name]})`);
  throw new classes.Error(
    `Say what your site has:\n  ${parameters.join('\n  ')}\nSee docs/serverless.md.`,
    'EXAMPLES',
  );
}
