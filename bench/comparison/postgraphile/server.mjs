// PostGraphile over the measured database: `node server.mjs`, with its settings in the environment.
import cluster from "node:cluster";
import { createServer } from "node:http";

import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";

import { makePool, makePreset } from "./preset.mjs";

const processes = Number(process.env.COMPARISON_PROCESSES);

if (processes > 1 && cluster.isPrimary) {
  for (let number = 0; number < processes; number += 1) cluster.fork();
  cluster.on("exit", () => process.exit(1));
} else {
  const instance = postgraphile(makePreset(makePool()));
  const server = createServer();
  server.keepAliveTimeout = 60_000;
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(process.env.COMPARISON_PORT), "127.0.0.1");
}
