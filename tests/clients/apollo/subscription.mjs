// Apollo Client over graphql-ws: what somebody else records comes into the normalised cache with the event.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { authorization, group, number, record, socketUrl, tell, until, url } from '../common.mjs';

const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization } });
let requests = 0;
const counted = (...given) => { requests += 1; return fetch(...given); };
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, fetch: counted, headers: { authorization } }),
  ),
  cache: new InMemoryCache({ possibleTypes: { Node: ['Contribution', 'Group', 'Meeting', 'Member'] } }),
});

const PAGE = gql`query Page($group: ID!) {
  group(id: $group) { id changeNumber members { nodes { id balances { shares sharesValue { amount currency } } } } }
}`;
const FOLLOW = gql`subscription Follow($group: ID!, $after: Int) {
  groupActivity(groupId: $group, after: $after) {
    number
    group { id changeNumber }
    changes {
      kind
      node { id ... on Contribution { shares member { id balances { shares sharesValue { amount currency } } } } }
    }
  }
}`;

const seen = [];
client.watchQuery({ query: PAGE, variables: { group } }).subscribe(({ data, dataState }) => {
  if (dataState === 'complete') seen.push([data.group.changeNumber, data.group.members.nodes[0].balances]);
});
await until(() => seen.length === 1);
const events = [];
const following = client.subscribe({ query: FOLLOW, variables: { group, after: number } }).subscribe(({ data, error }) => {
  events.push(error ? String(error) : data.groupActivity.changes.map(({ kind, node }) => [kind, node?.shares ?? null]));
});
await record(3);
await until(() => events.length === 1 && seen.length === 2);
following.unsubscribe();
client.stop();
await socket.dispose();
tell({ seen, events, requests });
