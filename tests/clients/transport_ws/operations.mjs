// A query, a mutation and a subscription over one socket of graphql-ws, while a payment is recorded over HTTP.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FOLLOW, RECORD, authorization, group, number, payment, post, socketUrl, tell } from '../common.mjs';

let sockets = 0;
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: authorization },
  retryAttempts: 0,
  on: { opened: () => { sockets += 1; } },
});

async function all(query, variables) {
  const answers = [];
  for await (const { data } of client.iterate({ query, variables })) answers.push(data);
  return answers;
}

const events = client.iterate({ query: FOLLOW, variables: { group, after: number } });
const asked = await all('query Q($group: ID!) { group(id: $group) { name memberCount } }', { group });
const [first] = await all(RECORD, payment(2));
const second = await post(RECORD, payment(3));
const recorded = [first, second].map(({ contributionsRecord: { items } }) => items[0].contribution);
const told = [(await events.next()).value.data.groupActivity, (await events.next()).value.data.groupActivity];
await events.return();
await client.dispose();
tell({
  sockets, asked, amounts: recorded.map(({ amount }) => amount), contributions: recorded.map(({ id }) => id), events: told,
});
