// The server ends and comes again while a client follows the group, and payments are recorded before and after.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline/promises';
import { FOLLOW, authorization, group, number, record, socketUrl, tell, until } from '../common.mjs';

const PAYMENTS = 8;
const numbers = [];
let closing = null;
const client = createClient({
  url: socketUrl, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization }, retryAttempts: 0,
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
      closing ??= [closed.code, closed.reason];
      // Until the server is there again.
      await sleep(50);
    }
  }
}

const recorded = [];
const following = follow();
recorded.push(await record(1));
await until(() => numbers.length === 1);
for (let payments = 0; payments < 3; payments += 1) recorded.push(await record(1));
tell('restart the server');
const lines = createInterface({ input: process.stdin });
await new Promise((heard) => { lines.once('line', heard); });
lines.close();
while (recorded.length < PAYMENTS) recorded.push(await record(1));
await following;
await client.dispose();
tell({ recorded, numbers, closing });
