/**
 * How many flows a change costs, on all switches together, and how many facts and milliseconds: for networks of 10, 100
 * and 1,000 ports on three hypervisors. Everything but the sockets is the controller's own: store, model, apps,
 * pipeline. Run by `npm run bench:changes [PORTS…]`; the last line is JSON.
 */
import { edgePipeline } from '#apps';
import { Model } from '#controller/model/model';
import { Desired } from '#controller/reconciler/desired/desired';
import { openMemoryStore } from '#controller/store/memory-store';
import { vifId } from '#controller/store/records';
import {
  sampleChassis,
  sampleNetwork,
  samplePort,
  sampleTrunk,
  sampleVif,
} from '#controller/store/sample-records';
import type { Store, Transaction } from '#controller/store/store';

const COUNTS = process.argv.slice(2).map(Number);
const CHASSIS = ['hv1', 'hv2', 'hv3'] as const;
const pipeline = edgePipeline();

interface Row {
  readonly ports: number;
  readonly change: string;
  readonly facts: number;
  readonly 'flow-mods': number;
  readonly ms: number;
}

async function measure(ports: number): Promise<Row[]> {
  const store = openMemoryStore();
  await store.transact((tx) => fill(tx, ports));
  const model = Model.of(store);
  const desired = new Map(CHASSIS.map((id) => [id as string, new Desired(pipeline, model.facts(id))]));
  let last: Omit<Row, 'ports' | 'change'> = { facts: 0, 'flow-mods': 0, ms: 0 };
  store.watch(store.revision, ({ changes }) => {
    const start = performance.now();
    let facts = 0;
    let flows = 0;
    for (const [id, delta] of model.apply(changes)) {
      facts += delta.gone.length + delta.come.length;
      flows += desired.get(id)?.apply(delta).length ?? 0;
    }
    last = { facts, 'flow-mods': flows, ms: Math.round((performance.now() - start) * 100) / 100 };
  });
  const found: Row[] = [];
  for (const [change, work] of Object.entries(CHANGES)) {
    await store.transact((tx) => work(tx, store));
    found.push({ ports, change, ...last });
  }
  return found;
}

/** Each of them is done once, one after the other. */
const CHANGES: Readonly<Record<string, (tx: Transaction, store: Store) => void>> = {
  'a subport is added': (tx) =>
    tx.put('trunks', 't', sampleTrunk('t', { portId: 'p0', subPorts: [SUB_PORT] })),
  'a subport is removed': (tx) => tx.put('trunks', 't', sampleTrunk('t', { portId: 'p0', subPorts: [] })),
  'a peer gets another address': (tx, store) => {
    const chassis = store.get('chassis', 'hv2');
    if (chassis) tx.put('chassis', 'hv2', { ...chassis, encapIps: ['172.31.0.99'] });
  },
  'a port moves to another hypervisor': (tx) => {
    tx.delete('vifs', vifId('hv1', 'p3'));
    tx.put(
      'vifs',
      vifId('hv2', 'p3'),
      sampleVif('hv2', 'p3', { ofport: 9_999, claim: tx.allocate('claim') }),
    );
  },
  'a port is added': (tx) => {
    addPort(tx, 'new', 1_000_000, 'n');
    tx.put(
      'vifs',
      vifId('hv1', 'new'),
      sampleVif('hv1', 'new', { ofport: 9_998, claim: tx.allocate('claim') }),
    );
  },
};
const SUB_PORT = { portId: 'sub', segmentationType: 'vlan', segmentationId: 100 } as const;

const rows: Row[] = [];
for (const count of COUNTS.length > 0 ? COUNTS : [10, 100, 1_000]) rows.push(...(await measure(count)));
rows.sort((a, b) => (a.change < b.change ? -1 : a.change > b.change ? 1 : a.ports - b.ports));
console.table(rows);
console.log(JSON.stringify({ bench: 'changes', rows }));

/** A network of so many ports, spread over the hypervisors, and a port of another one that is to be a subport. */
function fill(tx: Transaction, ports: number): void {
  tx.put('networks', 'n', sampleNetwork('n', { key: 1, segmentationId: 1 }));
  tx.put('networks', 'm', sampleNetwork('m', { key: 2, segmentationId: 2 }));
  for (const [at, id] of CHASSIS.entries())
    tx.put(
      'chassis',
      id,
      sampleChassis(id, { encapIps: [`172.31.0.${at + 1}`], peerKeys: { vxlan: 2_000_000 + at } }),
    );
  for (let at = 0; at < ports; at++) {
    const id = `p${at}`;
    const chassis = CHASSIS[at % CHASSIS.length] ?? 'hv1';
    addPort(tx, id, at + 1, 'n');
    tx.put(
      'vifs',
      vifId(chassis, id),
      sampleVif(chassis, id, { ofport: at + 10, claim: tx.allocate('claim') }),
    );
  }
  addPort(tx, 'sub', 1_000_001, 'm');
  tx.put('trunks', 't', sampleTrunk('t', { portId: 'p0', subPorts: [] }));
}

function addPort(tx: Transaction, id: string, key: number, networkId: string): void {
  const hex = key.toString(16).padStart(6, '0');
  const macAddress = `fa:16:3e:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
  const fixedIps = [{ subnetId: 's', ipAddress: `10.${(key >> 16) & 255}.${(key >> 8) & 255}.${key & 255}` }];
  tx.put('ports', id, samplePort(id, { key, networkId, macAddress, fixedIps }));
}
