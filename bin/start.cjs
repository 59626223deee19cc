'use strict';
// Runs dist/tenantflow.cjs, all of tenantflow in one file, with what V8 has once compiled of it, where that is of this
// Node.js: both together start in a quarter of the time that hundreds of modules take.
const { readFileSync } = require('node:fs');
const { dirname, resolve } = require('node:path');
const vm = require('node:vm');

const program = resolve(__dirname, '../dist/tenantflow.cjs');
const cache = `${program}.${process.version}-${process.arch}`;
// In place of import(), which cached code has not got (controller/import-module.ts).
const names = 'exports, require, module, __filename, __dirname, tenantflowImport';
const script = new vm.Script(`(function (${names}) {${readFileSync(program, 'utf8')}\n})`, {
  filename: program,
  cachedData: read(cache),
});
// For scripts/code-cache.cjs, which makes the cache.
module.exports = { script, cache };
script.runInThisContext()({}, require, module, program, dirname(program), (address) => import(address));

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
