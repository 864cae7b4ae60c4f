"""The API beside PostGraphile and beside hand-written REST: the same database, roles, policies and questions."""
