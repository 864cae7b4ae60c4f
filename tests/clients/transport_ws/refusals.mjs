// What the server refuses, as graphql-ws hears of it.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FOLLOW, authorization, group, number, post, record, socketUrl, tell } from '../common.mjs';

const { OTHER_TOKEN: other, PASSING_TOKEN: passing } = process.env;

/** How a subscription ends, how the socket does, and what came before. */
async function outcome(connectionParams, { act = () => {}, staysOpen = false } = {}) {
  const answers = [];
  const client = createClient({
    url: socketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: false, onNonLazyError: () => {},
  });
  const closed = new Promise((ends) => { client.on('closed', ({ code, reason }) => ends([code, reason])); });
  const ended = await new Promise((ends) => {
    client.subscribe({ query: FOLLOW, variables: { group, after: number } }, {
      next: ({ data }) => { answers.push(data.groupActivity.number); act(); },
      error: (error) => ends(Array.isArray(error) ? error.map((each) => each.extensions.code) : 'CLOSED'),
      complete: () => ends('COMPLETE'),
    });
  });
  if (staysOpen) await client.dispose();
  return { answers, ended, closed: await closed };
}

/** What is told to a client that names no protocol; one that names another than ours ends the handshake itself. */
async function withoutProtocol() {
  const socket = new WebSocket(socketUrl);
  return new Promise((ends) => { socket.on('close', (code, reason) => ends([code, reason.toString()])); });
}

async function signOut() {
  const { viewer } = await post('{ viewer { sessions { nodes { id isCurrent } } } }', {}, `Bearer ${passing}`);
  const { id } = viewer.sessions.nodes.find((session) => session.isCurrent);
  await post('mutation Out($id: ID!) { sessionRevoke(input: { sessionId: $id }) { userErrors { message } } }', { id });
  await record(1);
}

const noToken = await outcome({});
const wrongToken = await outcome({ Authorization: `${authorization}x` });
const noMember = await outcome({ Authorization: `Bearer ${other}` }, { staysOpen: true });
await record(1);
const signedOut = await outcome({ Authorization: `Bearer ${passing}` }, { act: signOut });
tell({ noToken, wrongToken, noMember, signedOut, noProtocol: await withoutProtocol() });
