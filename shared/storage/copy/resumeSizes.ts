/** Which copies can be resumed, and in what steps. */
export interface ResumeSizes {
  /** The minimum size of resumable files. */
  readonly leastBytes: number;
  /** A multiple of 4 MiB. */
  readonly checkpointBytes: number;
  /** The shortest time between two syncs to disk, in ms. */
  readonly syncMs: number;
}

/** From this size on resuming saves noticeable time; copies that take less than some seconds are not logged. */
export const defaultResumeSizes: ResumeSizes = {
  leastBytes: 1024 ** 3,
  checkpointBytes: 256 * 1024 ** 2,
  syncMs: 5000,
};
