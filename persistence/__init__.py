"""Storage in PostgreSQL: tables, row-level security, statements, the unit of work and the embedded server."""
