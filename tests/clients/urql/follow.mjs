// A subscription of urql, which goes through `fetch` as an event stream where nothing else is set up.
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { FOLLOW, authorization, group, kindOf, number, record, tell, until, url } from '../common.mjs';

const sent = {};
const watched = async (address, options) => {
  const takesStreams = new Headers(options.headers).get('accept').includes('text/event-stream');
  const answer = await fetch(address, options);
  const [type] = answer.headers.get('content-type').split(';');
  sent[kindOf(address, options)] = { method: options.method, takesStreams, type };
  return answer;
};
const client = new Client({
  url, fetch: watched, fetchOptions: { headers: { authorization } }, fetchSubscriptions: true,
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
tell({ name: data.group.name, recorded, told, sent });
