// What the server refuses, as graphql-sse hears of it.
import { createClient } from 'graphql-sse';
import { FOLLOW, authorization, group, number, tell, url } from '../common.mjs';

const { OTHER_TOKEN: other } = process.env;

/** What comes of a subscription: the codes of its answers, or the status of the refusal. */
async function outcome(query, bearer, singleConnection = false) {
  const headers = bearer ? { authorization: bearer } : {};
  const client = createClient({ url, headers, singleConnection, retryAttempts: 0 });
  const answers = [];
  try {
    for await (const { errors } of client.iterate({ query, variables: { group, after: number } })) {
      answers.push(errors.map((error) => error.extensions.code));
    }
    return { answers, ended: 'COMPLETE' };
  } catch (error) {
    return { answers, ended: error.response?.status ?? String(error) };
  } finally {
    client.dispose();
  }
}

tell({
  noToken: await outcome(FOLLOW, null),
  wrongToken: await outcome(FOLLOW, `${authorization}x`),
  noMember: await outcome(FOLLOW, `Bearer ${other}`),
  invalid: await outcome('subscription { nothing }', authorization),
  // The protocol's other mode, which keeps one stream for all operations, is not spoken.
  otherMode: await outcome(FOLLOW, authorization, true),
});
