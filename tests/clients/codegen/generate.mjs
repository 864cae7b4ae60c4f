// What `graphql-codegen` does with `preset: 'client'`, without its command line, which brings readers of remote schemas.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildSchema, parse } from 'graphql';

const text = readFileSync('schema.graphql', 'utf8');
const rawSDL = readFileSync('documents.graphql', 'utf8');
const documents = [{ location: 'documents.graphql', rawSDL, document: parse(rawSDL) }];
const scalars = {
  // Exact to the last digit, so they are text, never a number of the language.
  Decimal: 'string', Date: 'string', DateTime: 'string', ID: 'string', UUID: 'string',
  CountryCode: 'string', CurrencyCode: 'string', PhoneNumber: 'string',
};
const config = { scalars, strictScalars: true, useTypeImports: true, enumsAsTypes: true };
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: 'generated/', schema: parse(text), schemaAst: buildSchema(text), documents, config,
  presetConfig: {
    fragmentMasking: { unmaskFunctionName: 'readFragment' },
    persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
  },
  plugins: [],
  pluginMap: {},
});
for (const output of outputs) {
  mkdirSync(dirname(output.filename), { recursive: true });
  writeFileSync(output.filename, await codegen(output));
}
