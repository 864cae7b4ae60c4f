// Collects the licences of the packages that went into the bundle.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const RULE = "-".repeat(100);

const read = (...path) => readFileSync(join(...path), "utf8").replaceAll("\r\n", "\n").trim();

// Only packages whose files are in the output: what a metafile lists as inputs with bytes in some output.
function bundledPackages(metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
        if (found && bytesInOutput > 0) folders.add(found[0]);
      }
    }
  }
  return [...folders].sort();
}

function licenceOf(folder, description, template) {
  const files = readdirSync(folder).filter((file) => /^(licen[sc]e|copying|thirdpartynotices\.txt$)/i.test(file));
  if (files.some((file) => /^(licen[sc]e|copying)/i.test(file))) {
    return files.sort().map((file) => read(folder, file)).join("\n\n");
  }
  const { name, license, author } = description;
  if (license !== "MIT") throw new Error(`${name} carries no licence text and is not under the MIT licence`);
  const person = typeof author === "string" ? author : author?.name;
  return template.replace("{holder}", person ?? `the contributors to ${name}`);
}

export function licences(here, metafiles) {
  const template = read(here, "licences", "MIT.txt");
  const texts = new Map();
  for (const folder of bundledPackages(metafiles)) {
    const description = JSON.parse(read(here, folder, "package.json"));
    const text = licenceOf(join(here, folder), description, template);
    const { name, version, license } = description;
    texts.set(text, new Set([...(texts.get(text) ?? []), `${name} ${version} (${license})`]));
  }
  for (const file of ["codicons.txt", "fira-code.txt", "roboto.txt"]) {
    const [title, ...rest] = read(here, "licences", file).split("\n");
    texts.set(rest.join("\n").trim(), new Set([title]));
  }
  const sections = [...texts].map(([text, names]) => `${RULE}\n${[...names].join("\n")}\n${RULE}\n\n${text}\n`);
  return `The files in this folder were bundled from these packages, under these licences.\n\n${sections.join("\n")}`;
}
