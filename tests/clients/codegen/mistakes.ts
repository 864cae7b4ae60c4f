// Each line that is marked is a mistake by the types, or else the compiler says that there was none.
import type { ContributionItemInput, GroupPageQuery, GroupPageQueryVariables, RecordMutation } from './generated/graphql';

export function mistakes(page: GroupPageQuery, { contributionsRecord }: RecordMutation): unknown[] {
  const item: ContributionItemInput = { memberId: '', kind: 'SAVINGS' };
  // @ts-expect-error -- a group that is not visible is null
  const name: string = page.group.name;
  // @ts-expect-error -- the document does not ask for this
  const village = page.group?.village;
  // @ts-expect-error -- a member's fields are the fragment's alone
  const member = page.group?.members.nodes[0]?.name;
  // @ts-expect-error -- amounts are text
  item.amount = 150.5;
  // @ts-expect-error -- no kind of contribution
  item.kind = 'SHARES';
  // @ts-expect-error -- what was refused has no contribution
  const shares = contributionsRecord.items?.map(({ contribution }) => contribution.shares);
  // @ts-expect-error -- the document needs the group's id
  const variables: GroupPageQueryVariables = {};
  return [name, village, member, item, shares, variables];
}
