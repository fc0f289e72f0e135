// @ts-check

/** @typedef {import('./pluginTypes.ts').VariableSource} VariableSource */

/**
 * ARNs of the buckets in the parameter `sourceBuckets`.
 * @param {VariableSource} source
 */
export const sourceBuckets = (source) => arnsOf(source, 'sourceBuckets', '');

/**
 * ARNs of all objects in them.
 * @param {VariableSource} source
 */
export const sourceObjects = (source) => arnsOf(source, 'sourceBuckets', '/*');

/**
 * The ARN of the bucket in the parameter `downloadBucket`, as a list.
 * @param {VariableSource} source
 */
export const downloadBucket = (source) => arnsOf(source, 'downloadBucket', '');

/**
 * The ARN of all objects in it, as a list.
 * @param {VariableSource} source
 */
export const downloads = (source) => arnsOf(source, 'downloadBucket', '/*');

/**
 * @param {VariableSource} source
 * @param {string} parameter
 * @param {string} suffix
 */
async function arnsOf({ resolveVariable }, parameter, suffix) {
  const names = await resolveVariable(`param:${parameter}`);
  return names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .map((name) => `arn:aws:s3:::${name}${suffix}`);
}
