/** The checkpoint interval of the copies that these tests kill: small, so that a small file has many. */
export const checkpointBytes = 8 * 1024 ** 2;
