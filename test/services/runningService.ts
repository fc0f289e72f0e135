/**
 * A started service: its address, which is plain JSON so that it can be passed to other processes, and a function that
 * stops it.
 */
export interface RunningService<Address> {
  readonly address: Address;
  stop(): Promise<void>;
}
