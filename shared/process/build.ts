/** The version and commit that the running program was built from. */
interface Build {
  /** The version of the package; null in a program that was not built. */
  readonly version: string | null;
  /** The commit that it was built from, with `-dirty` if there were changes; null if it was built without git. */
  readonly commit: string | null;
}

declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | null | undefined;

/** The build puts its values here; without a build the names do not exist. */
export const build: Build = {
  version: typeof BUILD_VERSION === 'undefined' ? null : BUILD_VERSION,
  commit: typeof BUILD_COMMIT === 'undefined' ? null : BUILD_COMMIT,
};
