// Synthesizes every stack of a folder and says what became of it, as JSON: node synth.mjs FOLDER
// FOLDER/cases.json: {"NAME": {"props": {…}, "parameters": ["…"]}}
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const folder = process.argv[2];
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { App } = require('aws-cdk-lib');
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8'));
const out = {};
for (const [name, props] of Object.entries(cases)) {
  const { CacheStack } = await import(pathToFileURL(`${folder}/${name}/cache-stack.js`));
  const app = new App({ analyticsReporting: false, outdir: `${folder}/${name}/cdk.out` });
  const stack = new CacheStack(app, 'Cache', props);
  const made = app.synth().getStackArtifact(stack.artifactId);
  const { Resources, Outputs, Metadata, Parameters } = made.template;
  const types = Object.fromEntries(Object.entries(Resources).map(([id, r]) => [id, r.Type]));
  delete types.CDKMetadata;
  out[name] = {
    types,
    outputs: Object.keys(Outputs ?? {}).sort(),
    metadata: Metadata?.Cachewright ?? null,
    parameters: Object.keys(Parameters ?? {}).filter((p) => p !== 'BootstrapVersion').sort(),
    region: made.environment.region,
  };
}
console.log(JSON.stringify(out));
