/** How answers are delivered to clients. */
export interface Transport {
  /** Whether a gateway buffers each answer as a whole, limited in size and time, before it is sent to the client. */
  readonly buffersAnswers: boolean;
}

/** For our own server: answers are streamed without a size limit. */
export const streamedTransport: Transport = { buffersAnswers: false };
