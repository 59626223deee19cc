/** `npm run topology -- PORTS HYPERVISORS [SEED]`: a large cloud, invented, for `tenantflow apply -f -`. */
import { bigCloud } from './big-cloud.ts';
import { cloudDocuments } from './cloud-documents.ts';

const [ports = 100, hypervisors = 10, seed = 1] = process.argv.slice(2).map(Number);
process.stdout.write(cloudDocuments(bigCloud({ ports, hypervisors, seed }), (number) => `hv${number}`));
