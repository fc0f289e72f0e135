import * as z from 'zod';

/** The staging methods, by the names that records and answers use. */
export const stagingMethodNames = ['local_copy', 'symlink_copy', 'direct_download', 'jupyter_copy'] as const;

export type StagingMethodName = (typeof stagingMethodNames)[number];

/** Other names that clients of the first SKAO Staging Service send. */
const aliases: Readonly<Record<string, StagingMethodName>> = {
  local_symlink: 'symlink_copy',
  direct_dowload: 'direct_download',
};

/** The method by its name or an older one; undefined if there is none. */
export function findStagingMethod(name: string): StagingMethodName | undefined {
  return (
    stagingMethodNames.find((known) => known === name) ??
    (Object.hasOwn(aliases, name) ? aliases[name] : undefined)
  );
}

/** Parses the name or an older name of a method. */
export const stagingMethodSchema = z.string().transform((name, context): StagingMethodName => {
  const method = findStagingMethod(name);
  if (method) return method;
  context.addIssue({ code: 'custom', message: `${name} is no staging method` });
  return z.NEVER;
});
