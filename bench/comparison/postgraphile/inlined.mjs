// What comparison.sql computes in functions, once more as sub-selects within PostGraphile's own statements: a function
// that PostgreSQL cannot inline is planned and begun for each row, a sub-select is not.
import { extendSchema, gql } from "postgraphile/utils";

const typeDefs = gql`
  type InlinedBalances {
    shares: String!
    sharesValue: String!
    socialFundPaid: String!
  }

  type InlinedTotal {
    kind: String!
    amount: String!
    entryCount: Int!
  }

  type InlinedFundBalance {
    fund: String!
    balance: String!
  }

  extend type Member {
    inlinedBalances: InlinedBalances!
  }

  extend type Meeting {
    inlinedTotals: [InlinedTotal!]!
  }

  extend type Group {
    inlinedMemberCount: Int!
    inlinedFundBalances: [InlinedFundBalance!]!
  }
`;

export const Inlined = extendSchema((build) => {
  const { sql } = build;
  const { TYPES } = build.dataplanPg;

  const inline = (codec, write) => ({
    plan: ($row) => $row.select(write($row.getClassStep().alias), codec),
  });

  return {
    typeDefs,
    objects: {
      Member: {
        plans: {
          inlinedBalances: inline(TYPES.json, (member) => sql`(
            SELECT json_build_object(
              'sharesValue', coalesce(sum(-b.balance) FILTER (WHERE a.code = '3100'), 0)::text,
              'socialFundPaid', coalesce(sum(-b.balance) FILTER (WHERE a.code = '3200'), 0)::text,
              'shares', coalesce(sum(b.shares), 0)::text
            )
            FROM ledger.member_balances b
            JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
            WHERE b.tenant_id = ${member}.tenant_id AND b.member_id = ${member}.id
          )`),
        },
      },
      Meeting: {
        plans: {
          inlinedTotals: inline(TYPES.json, (meeting) => sql`(
            SELECT coalesce(json_agg(json_build_object(
              'kind', t.kind, 'amount', t.amount::text, 'entryCount', t.entry_count
            ) ORDER BY t.kind), '[]')
            FROM (
              SELECT t.kind, sum(t.amount) AS amount, sum(t.lines_count) AS entry_count
              FROM ledger.movements t
              JOIN ledger.accounts a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
              WHERE t.tenant_id = ${meeting}.tenant_id AND t.meeting_id = ${meeting}.id AND a.place IS NOT NULL
              GROUP BY t.kind
            ) t
          )`),
        },
      },
      Group: {
        plans: {
          inlinedMemberCount: inline(TYPES.int, (group) => sql`(
            SELECT count(*)::integer FROM app.members m
            WHERE m.tenant_id = ${group}.tenant_id AND m.status = 'ACTIVE' AND m.left_on IS NULL
          )`),
          inlinedFundBalances: inline(TYPES.json, (group) => sql`(
            SELECT json_agg(json_build_object('fund', f.fund, 'balance', f.balance::text) ORDER BY f.fund)
            FROM (
              SELECT a.fund, sum(b.balance) AS balance
              FROM ledger.accounts a
              JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
              WHERE a.tenant_id = ${group}.tenant_id AND a.place IS NOT NULL
              GROUP BY a.fund
            ) f
          )`),
        },
      },
    },
  };
}, "InlinedPlugin");
