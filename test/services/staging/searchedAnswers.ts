import { refuseTokensIn } from './leakedTokens.ts';

// Searches every answer of a service that a suite fetches for the tokens that the suite has used, as far as it reads the
// answer. Those of other programs, such as an OpenID provider, consist of tokens.

/** Larger answers are data. */
const maxSearchedBytes = 4 * 1024 * 1024;

const fetchAnswer = globalThis.fetch;

globalThis.fetch = async (...request) => {
  const answer = await fetchAnswer(...request);
  if (!answer.headers.has('x-request-id')) return answer;
  const where = `an answer of ${answer.url}`;
  refuseTokensIn(JSON.stringify([...answer.headers]), where);
  const readText = answer.text.bind(answer);
  const readBytes = answer.arrayBuffer.bind(answer);
  const text = async () => {
    const read = await readText();
    if (read.length <= maxSearchedBytes) refuseTokensIn(read, where);
    return read;
  };
  return Object.assign(answer, {
    text,
    json: async () => JSON.parse(await text()),
    async arrayBuffer() {
      const read = await readBytes();
      if (read.byteLength <= maxSearchedBytes) refuseTokensIn(Buffer.from(read).toString('latin1'), where);
      return read;
    },
  });
};
