"""The revisions, each named by its date and number."""
