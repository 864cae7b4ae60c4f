// The connection breaks again and again while payments are recorded; each time the client goes on after the last number.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FOLLOW, authorization, door, group, number, record, tell, until } from '../common.mjs';

const PAYMENTS = 24;
const way = await door();
const numbers = [];
const closings = [];
let connected = 0;
const client = createClient({
  url: way.socket,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: authorization },
  retryAttempts: 0,
  on: { connected: () => { connected += 1; } },
});

async function follow() {
  for (let after = number; numbers.length < PAYMENTS;) {
    try {
      for await (const { data } of client.iterate({ query: FOLLOW, variables: { group, after } })) {
        after = data.groupActivity.number;
        numbers.push(after);
        if (numbers.length === PAYMENTS) break;
      }
    } catch (closed) {
      closings.push(closed.code);
    }
  }
}

const following = follow();
const recorded = [];
for (let payments = 1; payments <= PAYMENTS; payments += 1) {
  recorded.push(await record(1));
  if (payments % 4 === 0 && payments < PAYMENTS) {
    // Once it is connected, and maybe before the last events came through.
    await until(() => connected > closings.length);
    way.cut();
  }
}
await following;
await client.dispose();
way.close();
tell({ recorded, numbers, closings });
