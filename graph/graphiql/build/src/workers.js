// The build puts the worker files' names in place of the three constants.
/* global EDITOR_WORKER, GRAPHQL_WORKER, JSON_WORKER */
const files = { graphql: GRAPHQL_WORKER, json: JSON_WORKER };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(files[label] ?? EDITOR_WORKER, import.meta.url), { name: label });
  },
};
