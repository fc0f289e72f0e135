/** Which copies can be resumed, and in what steps. */
export interface ResumeSizes {
  /** Files of this size or more. */
  readonly leastBytes: number;
  /** A multiple of 4 MiB. */
  readonly checkpointBytes: number;
  /** The shortest time between two syncs to disk, in ms. */
  readonly syncMs: number;
}

/** From this size on a second attempt saves noticeable time; what takes less than some seconds is not logged. */
export const defaultResumeSizes: ResumeSizes = {
  leastBytes: 1024 ** 3,
  checkpointBytes: 256 * 1024 ** 2,
  syncMs: 5000,
};
