// A program that knows by the compiler what the server answers; nothing in it is cast.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { type FragmentType, readFragment } from './generated';
import { ChangedDocument, GroupPageDocument, MemberRowFragmentDoc, RecordDocument } from './generated/graphql';
import type { ChangedQuery, ContributionsRecordInput, GroupKind } from './generated/graphql';

export interface Given {
  readonly url: string;
  readonly token: string;
  readonly group: string;
  readonly member: string;
  readonly meeting: string;
}

type Ask = <Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables) => Promise<Data>;

function askOf({ url, token }: Given): Ask {
  return async (document, variables) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify({ query: print(document), variables });
    const { data, errors } = await (await fetch(url, { method: 'POST', headers, body })).json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

/** Exact to the last cent: an amount is text, and a number of the language would round it. */
function cents(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

function isSaving(kind: GroupKind): boolean {
  switch (kind) {
    case 'VSLA': case 'ROSCA': case 'ASCA': case 'INVESTMENT_CLUB': case 'WELFARE': case 'MIXED':
      return true;
    case 'CREDIT':
      return false;
    default:
      // A kind that the schema has and this does not know fails to compile.
      return kind satisfies never;
  }
}

function row(member: FragmentType<typeof MemberRowFragmentDoc>) {
  const { name, joinedOn, balances } = readFragment(MemberRowFragmentDoc, member);
  if (balances === null) return { name, isDated: joinedOn.length === 10 };
  const { shares, sharesValue: { amount, currency } } = balances;
  return { name, isDated: joinedOn.length === 10, shares, cents: String(cents(amount)), currency };
}

function sum({ nodes }: ChangedQuery): string {
  let total = 0n;
  for (const node of nodes) {
    if (node && 'totals' in node) for (const { amount } of node.totals ?? []) total += cents(amount.amount);
  }
  return String(total);
}

export async function run(given: Given) {
  const ask = askOf(given);
  const input: ContributionsRecordInput = {
    groupId: given.group,
    meetingId: given.meeting,
    idempotencyKey: crypto.randomUUID(),
    items: [
      { memberId: given.member, kind: 'SHARE', shares: 3, amount: '150.00' },
      { memberId: given.member, kind: 'SAVINGS', amount: '90071992547409.93' },
      { memberId: given.member, kind: 'SHARE', shares: 2_000 },
    ],
  };
  const { contributionsRecord: { items, userErrors } } = await ask(RecordDocument, { input });
  const { group } = await ask(GroupPageDocument, { group: given.group });
  if (group === null) throw new Error('not found');
  const changed = await ask(ChangedDocument, { ids: [given.meeting, given.group, given.member] });
  return {
    userErrors,
    items: items?.map(({ status, contribution, userErrors: [refusal] }) => [
      status, contribution?.shares ?? null, contribution?.amount.amount ?? refusal?.reason ?? null, refusal?.maximum ?? null,
    ]),
    name: group.name,
    isSaving: isSaving(group.kind),
    isUtc: group.createdAt.endsWith('Z'),
    members: group.members.nodes.map(row),
    changed: changed.nodes.map((node) => (node && 'changeNumber' in node ? node.changeNumber : null)),
    sum: sum(changed),
  };
}
