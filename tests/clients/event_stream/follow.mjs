// graphql-sse in its distinct connections mode: operations, and a subscription whose connection breaks again and again.
import { createClient } from 'graphql-sse';
import { FOLLOW, RECORD, authorization, door, group, number, payment, record, tell, until } from '../common.mjs';

const PAYMENTS = 12;
const way = await door();
const numbers = [];
let cuts = 0;
let connected = 0;
const client = createClient({
  url: way.http,
  headers: { authorization },
  retryAttempts: 0,
  on: { connected: () => { connected += 1; } },
});

async function all(query, variables) {
  const answers = [];
  for await (const { data } of client.iterate({ query, variables })) answers.push(data);
  return answers;
}

async function follow() {
  for (let after = number; numbers.length < PAYMENTS;) {
    try {
      for await (const { data } of client.iterate({ query: FOLLOW, variables: { group, after } })) {
        after = data.groupActivity.number;
        numbers.push(after);
        if (numbers.length === PAYMENTS) break;
      }
    } catch {
      cuts += 1;
    }
  }
}

const asked = await all('query Q($group: ID!) { group(id: $group) { name } }', { group });
const [{ contributionsRecord: { meeting, userErrors } }] = await all(RECORD, payment(1));
const recorded = [meeting.group.changeNumber];
const before = connected;
const following = follow();
while (recorded.length < PAYMENTS) {
  recorded.push(await record(1));
  if (recorded.length % 4 === 0 && recorded.length < PAYMENTS) {
    await until(() => connected - before > cuts);
    way.cut();
  }
}
await following;
client.dispose();
way.close();
tell({ asked, userErrors, recorded, numbers, cuts });
