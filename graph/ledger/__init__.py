"""Books in the schema: accounts, entries, money by fund, and the proof that nothing was changed."""
