// What relay-compiler reads: it makes a module of each document, by which Babel's plugin would replace the tags.
const { graphql } = require('relay-runtime');

exports.query = graphql`
  query GroupPageQuery($group: ID!) {
    group(id: $group) {
      ...GroupPage_group
      ...GroupPage_entries
    }
  }
`;

exports.group = graphql`
  fragment GroupPage_group on Group @refetchable(queryName: "GroupPageRefetchQuery") {
    name
    changeNumber
    openMeeting {
      totals {
        kind
        amount {
          amount
          currency
        }
      }
    }
  }
`;

exports.entries = graphql`
  fragment GroupPage_entries on Group
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "GroupPageEntriesQuery") {
    entries(first: $count, after: $cursor, orderBy: OLDEST) @connection(key: "GroupPage_entries") {
      edges {
        node {
          number
          effectiveOn
        }
      }
    }
  }
`;

exports.record = graphql`
  mutation GroupPageRecordMutation($input: ContributionsRecordInput!) {
    contributionsRecord(input: $input) {
      meeting {
        group {
          ...GroupPage_group
        }
      }
      userErrors {
        ... on UserError {
          path
          code
        }
        reason
      }
    }
  }
`;
