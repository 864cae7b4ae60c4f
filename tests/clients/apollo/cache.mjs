// Apollo Client's normalised cache: a mutation's payload mends it, refusals leave it alone, pages are joined.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { RECORD, authorization, group, number, payment, record, tell, until, url } from '../common.mjs';

let requests = 0;
const counted = (...given) => { requests += 1; return fetch(...given); };
const client = new ApolloClient({
  link: new HttpLink({ uri: url, fetch: counted, headers: { authorization } }),
  cache: new InMemoryCache({ typePolicies: { Group: { fields: { entries: relayStylePagination(['orderBy']) } } } }),
});

const PAGE = gql`query Page($group: ID!) {
  group(id: $group) {
    id changeNumber
    openMeeting { id number totals { kind entryCount amount { amount currency } } }
  }
}`;
const ENTRIES = gql`query Entries($group: ID!, $first: Int!, $after: String) {
  group(id: $group) {
    id
    entries(first: $first, after: $after, orderBy: OLDEST) {
      edges { cursor node { id number kind } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

/** What the page shows: how far the group's number went, and the meeting's totals. */
function shown({ group: { changeNumber, openMeeting } }) {
  const totals = openMeeting.totals.map((each) => [each.kind, each.entryCount, each.amount.amount, each.amount.currency]);
  return { changes: changeNumber - number, totals };
}

const isNew = (value, index, all) => JSON.stringify(value) !== JSON.stringify(all[index - 1]);

/** A query that is watched, and what it showed whenever it was whole. */
async function watch(query, variables, show) {
  const watched = client.watchQuery({ query, variables });
  const seen = [];
  watched.subscribe(({ data, dataState }) => { if (dataState === 'complete') seen.push(show(data)); });
  await until(() => seen.length === 1);
  return [watched, seen];
}

const [, seen] = await watch(PAGE, { group }, shown);
const done = await client.mutate({ mutation: gql(RECORD), variables: payment(2) });
const accepted = done.data.contributionsRecord.items.map(({ status }) => status);
await until(() => seen.length === 2);
const requestsForBoth = requests;

const refused = payment(1);
refused.input.meetingId = group;
const { data: { contributionsRecord: refusal } } = await client.mutate({ mutation: gql(RECORD), variables: refused });
const kept = shown(client.readQuery({ query: PAGE, variables: { group } }));

for (let shares = 1; shares <= 4; shares += 1) await record(shares);
const numbers = ({ group: { entries: { edges } } }) => edges.map(({ node }) => node.number);
const [entries, pages] = await watch(ENTRIES, { group, first: 2 }, numbers);
for (let page = 2; page <= 3; page += 1) {
  const { endCursor } = entries.getCurrentResult().data.group.entries.pageInfo;
  await entries.fetchMore({ variables: { after: endCursor } });
  await until(() => pages.at(-1).length > 2 * (page - 1));
}
const { hasNextPage } = entries.getCurrentResult().data.group.entries.pageInfo;
const records = Object.keys(client.cache.extract()).map((name) => name.split(':')[0]);
client.stop();
tell({
  accepted, requestsForBoth, seen, refusal, kept, pages: pages.filter(isNew), hasNextPage,
  records: records.filter((each) => each === 'JournalEntry').length,
});
