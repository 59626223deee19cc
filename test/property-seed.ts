/** Setup of unit tests: in continuous integration properties are tried with the same values each time. */
import fc from 'fast-check';

if (process.env.CI !== undefined) fc.configureGlobal({ seed: 1 });
