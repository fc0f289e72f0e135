/** A started service: its address, which is plain JSON so that it can be handed to other processes, and its end. */
export interface RunningService<Address> {
  readonly address: Address;
  stop(): Promise<void>;
}
