"""Operations that answer more than once: over WebSockets (graphql-transport-ws) and event streams (graphql-sse)."""
