// A payment recorded offline is queued, survives the program's end, goes out when there is a network, and again when
// the answer was lost: it stands in the book once, and the server's answer replaces what was expected.
import { PAGE, clientUpon, memory, network } from './client.mjs';
import { RECORD, group, payment, post, tell, until } from '../common.mjs';

const warnings = [];
const store = memory();
const way = network();

/** Show the page from now on; what is shown is added to `seen`. */
function show(client, seen) {
  return client.query(PAGE, { group }).subscribe(({ data, error }) => {
    if (!data) { seen.push(String(error)); return; }
    const now = JSON.stringify(data.group.openMeeting.totals.map(({ entryCount, amount }) => [entryCount, amount.amount]));
    if (seen.at(-1) !== now) seen.push(now);
  });
}

async function entriesInTheBook() {
  const { group: { entries } } = await post('query Q($g: ID!) { group(id: $g) { entries { totalCount } } }', { g: group });
  return entries.totalCount;
}

const before = [];
const first = clientUpon(store, way, warnings);
const page = show(first, before);
await until(() => before.length === 1);
way.state = 'OFFLINE';
const variables = payment(2);
let answered = 0;
const unsent = first.mutation(RECORD, variables).subscribe(() => { answered += 1; });
await until(() => before.length === 2 && store.kept.queued.length === 1);
const offline = { mutations: way.mutations, entries: await entriesInTheBook(), answered };
const [{ variables: queued }] = store.kept.queued;
// graphcache writes its data a moment after it has it.
await until(() => Object.keys(store.kept.data).length > 0);
page.unsubscribe();
unsent.unsubscribe();

way.state = 'ANSWERS_LOST';
const after = [];
const second = clientUpon(store, way, warnings);
await until(() => way.mutations === 1 && store.kept.queued.length === 1);
const lost = { mutations: way.mutations, entries: await entriesInTheBook() };
way.state = 'OFFLINE';
show(second, after);
await until(() => after.length === 1);
way.state = 'ONLINE';
store.goOnline();
await until(() => after.length === 2 && store.kept.queued.length === 0);
const sent = { mutations: way.mutations, entries: await entriesInTheBook() };

const shown = after.map(JSON.parse);
const again = await second.mutation(RECORD, variables).toPromise();
tell({
  warnings, before: before.map(JSON.parse), offline, isSameKey: queued.input.idempotencyKey === variables.input.idempotencyKey,
  lost, after: shown, sent,
  again: again.data.contributionsRecord.items.map(({ status }) => status), entries: await entriesInTheBook(),
});
