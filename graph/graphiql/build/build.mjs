// Builds ../assets from node_modules: hashed file names, a manifest for the page, and the licences of what went in.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

import { licences } from "./licences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, "..", "assets");
rmSync(assets, { recursive: true, force: true });
mkdirSync(assets);

// What the packages import by default and the page does not need, by about two megabytes.
const source = (name) => join(here, "src", name);
const smaller = {
  name: "smaller",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^monaco-editor\/esm\/vs\/editor\/edcore\.main\.js$/ }, () => ({ path: source("editor.js") }));
    onResolve({ filter: /\/jsonc\.js$/ }, ({ importer }) =>
      importer.includes("@graphiql") ? { path: source("jsonc.js") } : undefined,
    );
    // The old name is a CommonJS file, whose names an import() does not see once the bundle is split.
    onResolve({ filter: /^prettier\/parser-graphql$/ }, ({ kind, resolveDir }) =>
      resolve("prettier/plugins/graphql", { kind, resolveDir }),
    );
    onResolve({ filter: /^prettier\/(plugins\/estree|parser-babel)$/ }, () => ({ path: "none", namespace: "empty" }));
    onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "export default {}" }));
    // GraphiQL's own style sheet holds the editor's styles already.
    onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "css" }));
  },
};

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  legalComments: "none", // the licences are collected below, whole
  metafile: true,
  outdir: assets,
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".ttf": "dataurl", ".woff": "dataurl", ".woff2": "dataurl" },
  logLevel: "warning",
  plugins: [smaller],
};

const workers = await build({
  ...common,
  entryPoints: {
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  entryNames: "[name]-[hash]",
  format: "iife",
});
const worker = (name) => {
  const path = Object.keys(workers.metafile.outputs).find((output) => basename(output).startsWith(`${name}.worker-`));
  return JSON.stringify(`./${basename(path)}`);
};

const page = await build({
  ...common,
  entryPoints: { graphiql: "src/main.jsx" },
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  format: "esm",
  splitting: true,
  jsx: "automatic",
  define: {
    ...common.define,
    EDITOR_WORKER: worker("editor"),
    GRAPHQL_WORKER: worker("graphql"),
    JSON_WORKER: worker("json"),
  },
});

const [script, entry] = Object.entries(page.metafile.outputs).find(([, output]) => output.entryPoint === "src/main.jsx");
// What was left out keeps a file of its own that nothing loads.
for (const [path, { entryPoint }] of Object.entries(page.metafile.outputs)) {
  if (entryPoint?.startsWith("empty:")) rmSync(join(here, path));
}
// The style sheets of modules that are loaded later are empty, since GraphiQL's own holds them all.
for (const file of readdirSync(assets)) {
  if (statSync(join(assets, file)).size === 0) rmSync(join(assets, file));
}
writeFileSync(
  join(assets, "manifest.json"),
  `${JSON.stringify({ script: basename(script), style: basename(entry.cssBundle) }, null, 2)}\n`,
);

writeFileSync(join(assets, "LICENSES.txt"), licences(here, [workers.metafile, page.metafile]));
