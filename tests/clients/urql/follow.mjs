// A subscription of urql, which goes through `fetch` as an event stream where nothing else is set up.
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { FOLLOW, authorization, group, number, record, tell, until, url } from '../common.mjs';

const accepted = new Map();
const watched = (address, options) => {
  accepted.set(JSON.parse(options.body).query.split(' ')[0], new Headers(options.headers).get('accept'));
  return fetch(address, options);
};
const client = new Client({
  url, fetch: watched, fetchOptions: { headers: { authorization } }, fetchSubscriptions: true, preferGetMethod: false,
  exchanges: [cacheExchange, fetchExchange],
});
const { data } = await client.query('query Name($group: ID!) { group(id: $group) { name } }', { group }).toPromise();
const told = [];
const following = client.subscription(FOLLOW, { group, after: number }).subscribe((result) => {
  told.push(result.error ? String(result.error) : result.data.groupActivity.number);
});
const recorded = [await record(1), await record(2)];
await until(() => told.length === 2);
following.unsubscribe();
const takesStreams = Object.fromEntries([...accepted].map(([kind, types]) => [kind, types.includes('text/event-stream')]));
tell({ name: data.group.name, recorded, told, takesStreams });
