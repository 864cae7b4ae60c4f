// The schema that PostGraphile makes of the tables, and how it serves it.
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import pg from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

import { Inlined } from "./inlined.mjs";
import { settingsOf } from "./viewers.mjs";

const sortable = { tags: { behavior: "+orderBy" } };

// Relations for which the tables have no foreign key, and the orders that the questions ask for.
const tags = {
  version: 1,
  config: {
    class: {
      "app.groups": {
        tags: {
          foreignKey: "(tenant_id, constitution_version) references app.constitutions (tenant_id, version)|@fieldName constitution",
        },
        attribute: { name: sortable },
      },
      "app.members": { attribute: { number: sortable } },
      "app.meetings": { attribute: { number: sortable } },
      "app.contributions": {
        tags: { foreignKey: "(tenant_id) references app.groups (tenant_id)|@fieldName group|@foreignFieldName contributions" },
        attribute: { entry_number: sortable },
      },
      "ledger.accounts": {
        tags: { foreignKey: "(tenant_id) references app.groups (tenant_id)|@fieldName group|@foreignFieldName accounts" },
      },
      "app.changes": { tags: { omit: true } },
    },
  },
};

export function makePool() {
  const pool = new pg.Pool({
    host: process.env.COMPARISON_DATABASE_HOST,
    port: Number(process.env.COMPARISON_DATABASE_PORT),
    database: process.env.COMPARISON_DATABASE,
    user: process.env.COMPARISON_LOGIN,
    password: process.env.COMPARISON_PASSWORD,
    max: Number(process.env.COMPARISON_POOL_SIZE),
    options: process.env.COMPARISON_OPTIONS,
  });
  pool.on("error", (error) => console.error(error));
  return pool;
}

export function makePreset(pool) {
  return {
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
    plugins: [jsonPgSmartTags(tags), Inlined],
    pgServices: [makePgService({ pool, schemas: ["app", "ledger", "comparison"], pubsub: false })],
    schema: { pgSimplifyMultikeyRelations: true, defaultBehavior: "-resource:insert -resource:update -resource:delete" },
    grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, watch: false },
    grafast: {
      explain: false,
      async context(requestContext, { variableValues }) {
        const { authorization } = requestContext.node.req.headers;
        return { pgSettings: await settingsOf(pool, authorization, variableValues?.group) };
      },
    },
  };
}
