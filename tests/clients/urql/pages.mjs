// graphcache upon the server's schema: pages are joined, an interface is understood, and what is missing is told apart.
import { PAGE, clientUpon, memory, network, schema } from './client.mjs';
import { group, meeting, record, tell, until } from '../common.mjs';

const ENTRIES = `query Entries($group: ID!, $after: String) {
  group(id: $group) {
    id
    entries(first: 2, after: $after, orderBy: OLDEST) {
      edges { cursor node { id number } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;
const NODE = 'query Node($id: ID!) { node(id: $id) { id ... on Meeting { number status } ... on Group { name } } }';
const MORE = 'query More($group: ID!) { group(id: $group) { id changeNumber village openMeeting { id number } } }';
// What may not be null and is not known leaves nothing to show.
const CURRENCY = 'query Currency($group: ID!) { group(id: $group) { id currency } }';
const UNKNOWN = 'query Unknown($group: ID!) { group(id: $group) { id treasure } }';

const warnings = [];
const way = network();
const client = clientUpon(memory(), way, warnings);
const once = (query, variables, context) => client.query(query, variables, context).toPromise();

for (let shares = 1; shares <= 5; shares += 1) await record(shares);
const pages = [];
for (let after = null, isMore = true; isMore;) {
  const { data, error } = await once(ENTRIES, { group, after });
  if (error) throw error;
  const { edges, pageInfo } = data.group.entries;
  pages.push(edges.map(({ node }) => node.number));
  [after, isMore] = [pageInfo.endCursor, pageInfo.hasNextPage];
}
const { data: { node } } = await once(NODE, { id: meeting });
const { data: { node: same } } = await once(NODE, { id: meeting }, { requestPolicy: 'cache-only' });

await once(PAGE, { group });
const { queries } = way;
way.state = 'OFFLINE';
// `village` may be null by the schema, and `number` is known of the meeting: enough to show something.
const parts = [];
client.query(MORE, { group }).subscribe(({ data, stale }) => {
  parts.push([data?.group?.village, data?.group?.openMeeting?.number, stale]);
});
await until(() => parts.length > 0);
const { data: nothing } = await once(CURRENCY, { group }, { requestPolicy: 'cache-only' });
const known = warnings.length;
await once(UNKNOWN, { group }, { requestPolicy: 'cache-only' });
const interfaces = schema.__schema.types.filter(({ kind }) => kind === 'INTERFACE').map(({ name }) => name);
tell({
  interfaces, pages, node, isSame: JSON.stringify(same) === JSON.stringify(node),
  part: parts[0], nothing, asked: way.queries - queries, known, warnings,
});
