/** Which copies can be resumed, and in what steps. */
export interface ResumeSizes {
  /** Files of so many bytes or more. */
  readonly leastBytes: number;
  /** A multiple of 4 MiB. */
  readonly checkpointBytes: number;
  /** How often the disk is asked to have all that is written, at most, in ms. */
  readonly syncMs: number;
}

/** From here on a second attempt saves time that somebody notices; what takes less than some seconds is not logged. */
export const defaultResumeSizes: ResumeSizes = {
  leastBytes: 1024 ** 3,
  checkpointBytes: 256 * 1024 ** 2,
  syncMs: 5000,
};
