// What the programs share: what the test tells them, plain requests over HTTP, and a door in the way of connections.
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const {
  URL: url, SOCKET_URL: socketUrl, TOKEN: token, GROUP: group, MEMBER: member, MEETING: meeting,
} = process.env;
export const number = Number(process.env.NUMBER);
export const authorization = `Bearer ${token}`;

export const RECORD = `mutation Record($input: ContributionsRecordInput!) {
  contributionsRecord(input: $input) {
    meeting { id totals { kind entryCount amount { amount currency } } group { id changeNumber } }
    items { id status contribution { id shares amount { amount currency } } }
    userErrors { reason path message }
  }
}`;

export const FOLLOW = `subscription Follow($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) { number changes { kind operation recordId } }
}`;

/** Write what came of it, as JSON; the test compares it. */
export function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Wait until something holds; fail where it never does. */
export async function until(holds, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; !holds(); await sleep(5)) {
    if (Date.now() > end) throw new Error(`it never came: ${holds}`);
  }
}

/** The data of an answer over HTTP without errors. */
export async function post(query, variables, bearer = authorization) {
  const headers = { 'content-type': 'application/json', authorization: bearer };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** The kind of operation that a client sends, by GET or POST. */
export function kindOf(address, { body }) {
  const document = body ? JSON.parse(body).query : new URL(address).searchParams.get('query');
  return document.trim().split(/\W/)[0];
}

/** The variables that record one payment of shares. */
export function payment(shares, key = randomUUID()) {
  const items = [{ memberId: member, kind: 'SHARE', shares }];
  return { input: { groupId: group, meetingId: meeting, idempotencyKey: key, items } };
}

/** Record a payment over HTTP; returns the group's change number after it. */
export async function record(shares) {
  const { contributionsRecord: done } = await post(RECORD, payment(shares));
  if (done.userErrors.length) throw new Error(JSON.stringify(done.userErrors));
  return done.meeting.group.changeNumber;
}

/** A port that leads to the server, and `cut()`, which breaks every connection through it without a word. */
export async function door() {
  const open = new Set();
  const { hostname, port, pathname } = new URL(url);
  const listening = net.createServer((client) => {
    const server = net.connect(Number(port), hostname);
    for (const [from, to] of [[client, server], [server, client]]) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => { open.delete(from); to.destroy(); });
      from.pipe(to);
    }
  });
  await new Promise((listens) => { listening.listen(0, '127.0.0.1', listens); });
  const address = `127.0.0.1:${listening.address().port}${pathname}`;
  const cut = () => open.forEach((connection) => connection.resetAndDestroy());
  return { http: `http://${address}`, socket: `ws://${address}`, cut, close: () => { listening.close(); cut(); } };
}
