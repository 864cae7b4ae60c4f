// urql with graphcache's offline exchange: it knows the server's schema, and keeps its data in memory.
import { Client, fetchExchange } from '@urql/core';
import { offlineExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery } from 'graphql';
import { authorization, kindOf, meeting, post, url } from '../common.mjs';

export const schema = await post(getIntrospectionQuery({ descriptions: false, inputValueDeprecation: true }));

export const PAGE = `query Page($group: ID!) {
  group(id: $group) {
    id changeNumber
    openMeeting { id totals { kind entryCount amount { amount currency } } }
  }
}`;

/** What a browser's database would hold; it outlives the client. */
export function memory() {
  const kept = { data: {}, queued: [] };
  let heard = () => {};
  return {
    kept,
    goOnline: () => heard(),
    storage: {
      readData: async () => structuredClone(kept.data),
      writeData: async (delta) => { Object.assign(kept.data, JSON.parse(JSON.stringify(delta))); },
      readMetadata: async () => structuredClone(kept.queued),
      writeMetadata: (queued) => { kept.queued = JSON.parse(JSON.stringify(queued)); },
      onOnline: (listener) => { heard = listener; },
    },
  };
}

/** A way to the server that can be gone, or lose the answer; it counts the mutations that went out. */
export function network() {
  const way = { state: 'ONLINE', mutations: 0, queries: 0 };
  way.fetch = async (address, options) => {
    // What browsers say, by which the exchange knows that nobody is there.
    if (way.state === 'OFFLINE') throw new TypeError('Failed to fetch');
    way[kindOf(address, options) === 'mutation' ? 'mutations' : 'queries'] += 1;
    const answer = await fetch(address, options);
    await answer.clone().text();
    if (way.state === 'ANSWERS_LOST') throw new TypeError('Failed to fetch');
    return answer;
  };
  return way;
}

/** What is shown until the server has answered; it counts no entry. */
function expected({ input: { items } }) {
  const shares = items.reduce((sum, item) => sum + item.shares, 0);
  const amount = { __typename: 'Money', amount: `${shares * 50}.00`, currency: 'KES' };
  const totals = [{ __typename: 'MeetingTotal', kind: 'SHARE_PURCHASE', entryCount: 0, amount }];
  return {
    __typename: 'ContributionsRecordPayload', items: null, userErrors: [],
    meeting: { __typename: 'Meeting', id: meeting, totals },
  };
}

/** A client upon a store and a network; `warnings` takes what graphcache finds fault with. */
export function clientUpon({ storage }, { fetch: fetchFn }, warnings) {
  const embedded = ['ContributionItemOutcome', 'ContributionsRecordUserError', 'MeetingTotal', 'Money'];
  const exchange = offlineExchange({
    schema,
    storage,
    keys: Object.fromEntries(embedded.map((name) => [name, () => null])),
    resolvers: { Group: { entries: relayPagination() } },
    optimistic: { contributionsRecord: expected },
    logger: (severity, message) => { if (severity !== 'debug') warnings.push(`${severity}: ${message.split('\n')[0]}`); },
  });
  const headers = { authorization };
  const exchanges = [exchange, fetchExchange];
  return new Client({ url, fetch: fetchFn, fetchOptions: { headers }, exchanges });
}
