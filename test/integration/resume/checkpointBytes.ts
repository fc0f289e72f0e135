/** The stretches of the copies that these tests kill: small, so that there are many in a file that is soon made. */
export const checkpointBytes = 8 * 1024 ** 2;
