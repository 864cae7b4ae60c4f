"""The rules of savings groups: values, errors, policies, postings and services.

Nothing here knows of PostgreSQL, GraphQL or HTTP. The other floors import this one; it imports neither.
"""
