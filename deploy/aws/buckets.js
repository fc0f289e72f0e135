// @ts-check

/**
 * ARNs of the buckets that the parameter `sourceBuckets` names.
 * @param {import('./pluginTypes.ts').VariableSource} source
 */
export const sourceBuckets = (source) => arnsOf(source, '');

/**
 * ARNs of all objects in them.
 * @param {import('./pluginTypes.ts').VariableSource} source
 */
export const sourceObjects = (source) => arnsOf(source, '/*');

/**
 * @param {import('./pluginTypes.ts').VariableSource} source
 * @param {string} suffix
 */
async function arnsOf({ resolveVariable }, suffix) {
  const names = await resolveVariable('param:sourceBuckets');
  return names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .map((name) => `arn:aws:s3:::${name}${suffix}`);
}
