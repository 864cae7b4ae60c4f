// Apollo Client's links: automatic persisted queries, and a refused session that is renewed and asks again.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createHash, randomUUID } from 'node:crypto';
import { authorization, group, tell, url } from '../common.mjs';

/** A document that no process of the server was ever asked for. */
function newDocument() {
  return gql`query ${`Page${randomUUID().replaceAll('-', '')}`}($group: ID!) { group(id: $group) { id name } }`;
}
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A client, and what it sent: the method, whether the document came along, and the status of the answer. */
function clientOf(first, ...links) {
  const sent = [];
  const watched = async (address, options) => {
    const answer = await fetch(address, options);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(address).searchParams);
    sent.push([options.method, 'query' in body, answer.status]);
    return answer;
  };
  const headers = { authorization: first };
  const link = ApolloLink.from([...links, new HttpLink({ uri: url, fetch: watched, headers })]);
  return [new ApolloClient({ link, cache: new InMemoryCache() }), sent];
}

const ask = (client, query) => client.query({ query, variables: { group }, fetchPolicy: 'network-only' });

async function persisted(useGETForHashedQueries) {
  const [client, sent] = clientOf(authorization, new PersistedQueryLink({ sha256, useGETForHashedQueries }));
  const query = newDocument();
  const names = [];
  while (names.length < 2) names.push((await ask(client, query)).data.group.name);
  client.stop();
  return { names, sent };
}

async function renewed(bearer) {
  const codes = [];
  let current = bearer;
  const [client, sent] = clientOf(
    bearer,
    new ErrorLink(({ error, operation, forward }) => {
      codes.push(CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions.code) : error.name);
      current = authorization;
      return forward(operation);
    }),
    new SetContextLink((context) => ({ headers: { ...context.headers, authorization: current } })),
  );
  const { data } = await ask(client, newDocument());
  client.stop();
  return { codes, name: data.group.name, sent };
}

tell({
  byPost: await persisted(false),
  byGet: await persisted(true),
  wrongToken: await renewed(`${authorization}x`),
  noToken: await renewed(''),
});
