// A Relay environment over the network: a page, its next pages, a refetch by node(id), and a mutation that mends it.
const {
  Environment, Network, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector,
} = require('relay-runtime');
const { randomUUID } = require('node:crypto');

const artifact = (name) => require(`./__generated__/${name}.graphql`);
const [page, entries] = [artifact('GroupPage_group'), artifact('GroupPage_entries')];
const { URL: url, TOKEN: token, GROUP: group, MEMBER: member, MEETING: meeting } = process.env;

const sent = [];
async function ask({ id, name, text }, variables) {
  // Where the documents are registered, there is no text of them here.
  sent.push([name, text ? /^ +node\(id: \$id\)/m.test(text) : 'BY_ID']);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const document = text ? { query: text } : { documentId: id };
  const body = JSON.stringify({ ...document, operationName: name, variables });
  const answer = await fetch(url, { method: 'POST', headers, body });
  return answer.json();
}
const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });

/** What a component would be given of the group. */
function read(fragment) {
  const query = createOperationDescriptor(artifact('GroupPageQuery'), { group });
  environment.retain(query);
  const { data } = environment.lookup(query.fragment);
  return environment.lookup(getSingularSelector(fragment, data.group)).data;
}

function payment(shares, meetingId = meeting) {
  const items = [{ memberId: member, kind: 'SHARE', shares }];
  return { input: { groupId: group, meetingId, idempotencyKey: randomUUID(), items } };
}

function pay(...given) {
  const mutation = artifact('GroupPageRecordMutation');
  return new Promise((done, failed) => {
    commitMutation(environment, {
      mutation, variables: payment(...given), onError: failed,
      onCompleted: ({ contributionsRecord }) => done(contributionsRecord.userErrors),
    });
  });
}

const totals = () => read(page).openMeeting.totals.map(({ kind, amount }) => [kind, amount.amount, amount.currency]);
const numbers = () => read(entries).entries.edges.map(({ node }) => node.number);
const load = (name, variables) => fetchQuery(environment, artifact(name), variables).toPromise();

async function main() {
  await load('GroupPageQuery', { group });
  const before = [read(page).name, totals(), numbers()];
  const userErrors = [await pay(2), await pay(1, group)];
  const paid = totals();
  // Somebody else records two more, of which this store hears nothing.
  for (const shares of [1, 3]) await ask(artifact('GroupPageRecordMutation').params, payment(shares));
  const stale = totals();
  await load('GroupPageRefetchQuery', { id: group });
  const refetched = totals();
  await load('GroupPageEntriesQuery', { id: group, count: 2 });
  const pages = [numbers()];
  const { endCursor } = read(entries).entries.pageInfo;
  await load('GroupPageEntriesQuery', { id: group, count: 2, cursor: endCursor });
  pages.push(numbers());
  const { hasNextPage } = read(entries).entries.pageInfo;
  const told = { before, userErrors, paid, stale, refetched, pages, hasNextPage, sent };
  process.stdout.write(JSON.stringify(told));
}

main();
