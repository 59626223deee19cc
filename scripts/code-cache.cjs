'use strict';
// Runs tenantflow as bin/start.cjs does, and at its end writes what V8 has compiled of it. For scripts/bundle.ts.
const { writeFileSync } = require('node:fs');
const { script, cache } = require('../bin/start.cjs');

process.on('exit', () => writeFileSync(cache, script.createCachedData()));
