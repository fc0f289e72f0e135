/** How answers get from here to clients. */
export interface Transport {
  /** Whether a gateway takes each answer whole, limited in size and time, before the client hears of it. */
  readonly buffersAnswers: boolean;
}

/** Of a server of our own: clients hear what is sent when it is sent, however much it is. */
export const streamedTransport: Transport = { buffersAnswers: false };
