// graphql-ws connects again by itself: with a new token where the first was refused, and after the connection broke.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FOLLOW, authorization, door, group, number, record, tell, until } from '../common.mjs';

const way = await door();
const tokens = ['Bearer one.that.expired', authorization];
const closings = [];
const numbers = [];
const client = createClient({
  url: way.socket,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ Authorization: tokens.length > 1 ? tokens.shift() : tokens[0] }),
  retryWait: async () => {},
  on: { closed: ({ code, reason }) => { closings.push([code, reason]); } },
});
const failures = [];
const stop = client.subscribe({ query: FOLLOW, variables: { group, after: number } }, {
  next: ({ data }) => { numbers.push(data.groupActivity.number); },
  error: (error) => { failures.push(error); },
  complete: () => {},
});
await record(1);
await until(() => numbers.length === 1);
way.cut();
await record(1);
await until(() => numbers.length === 3);
stop();
await client.dispose();
way.close();
tell({ closings: closings.slice(0, 2), numbers, failures });
