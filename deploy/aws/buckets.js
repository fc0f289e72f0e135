/** ARNs of the buckets that the parameter `sourceBuckets` names, for permissions.yml. */
export const sourceBuckets = ({ resolveVariable }) => arnsOf(resolveVariable, '');

/** ARNs of all objects in them. */
export const sourceObjects = ({ resolveVariable }) => arnsOf(resolveVariable, '/*');

async function arnsOf(resolveVariable, suffix) {
  const names = await resolveVariable('param:sourceBuckets');
  return names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .map((name) => `arn:aws:s3:::${name}${suffix}`);
}
