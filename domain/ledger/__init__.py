"""The double-entry ledger: chart of accounts, postings and the hash chain."""
