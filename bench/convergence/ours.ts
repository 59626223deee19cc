import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, Operations, openVSwitch, type Session } from 'ovsdb-client-ts';
import { ControllerProcess } from '#lab';
import { DummySwitch } from '../../lab/fleet/dummy-switch.ts';
import { call } from '../api/load.ts';
import { until } from '../width/measures.ts';
import type { Contender, Demand } from './contender.ts';

const db = new Operations(openVSwitch);
const UNLIMITED = 'network:-1,subnet:-1,port:-1,security_group_rule:-1';

/** Who begins: the hypervisor calls the controller, or the controller calls the hypervisor (`--dial`). */
export type Way = 'called' | 'calling';

/** On one host with the controller's own ports. */
const LISTENS_AT = { database: 6641, switch: 6654 };

/** tenantflow as an install runs it, with one hypervisor. */
export class Ours implements Contender {
  readonly switch: DummySwitch;
  readonly #folder = mkdtempSync('/var/tmp/tenantflow-bench-');
  readonly #controller: ControllerProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #way: Way;
  #session: Session | undefined;
  #networks: readonly string[] = [];
  #group = '';
  #ports = 0;

  constructor(name: string, way: Way) {
    this.#way = way;
    this.switch = new DummySwitch(name);
    const dial = way === 'calling' ? ['--dial', `tcp:127.0.0.1:${LISTENS_AT.database}`] : [];
    const args = ['--quotas', UNLIMITED, ...dial];
    this.#controller = new ControllerProcess({
      name: `${name}-controller`,
      logLevel: 'warn',
      args,
      compiled: true,
    });
  }

  async begin({ ports, networks, additions }: Demand): Promise<void> {
    this.#ports = ports;
    await this.#controller.start();
    await this.switch.start();
    await this.switch.vsctl(
      ...['set', 'Open_vSwitch', '.', 'external_ids:system-id=hv1', 'external_ids:hostname=hv1'],
      'external_ids:tenantflow-encap-ip=192.0.2.1',
      `external_ids:tenantflow-openflow-port=${LISTENS_AT.switch}`,
    );
    const manager = this.#way === 'calling' ? `ptcp:${LISTENS_AT.database}:127.0.0.1` : 'tcp:127.0.0.1:6640';
    await this.switch.vsctl('set-manager', manager);
    await until('the bridge', async () => ((await this.switch.vsctl('list-br')) === '' ? undefined : true));
    await this.#populate(ports, networks);
    await this.switch.addInterfaces(
      Array.from({ length: additions }, (_, at) => `spare${at}`),
      new Map(),
    );
    this.#session = await connect(this.switch.target);
  }

  stopController(): Promise<void> {
    return this.#controller.stop();
  }

  async startController(): Promise<void> {
    this.#controller.daemon.start();
    await this.#steady();
  }

  /** A port by the API, and the interface that waits for it. */
  async addPort(at: number): Promise<void> {
    const url = `${this.#controller.rest.url}/v2.0/ports`;
    const network_id = this.#networks[at % this.#networks.length];
    const { port } = (await call(this.#agent, 'POST', url, { port: { network_id } })) as {
      readonly port: { readonly id: string };
    };
    const ids = new Map([['iface-id', port.id]]);
    await this.#session?.transact(openVSwitch, [
      db.mutate('Interface', [['name', '==', `spare${at}`]], [['external_ids', 'insert', ids]]),
    ]);
  }

  async addRule(port: number): Promise<void> {
    const url = `${this.#controller.rest.url}/v2.0/security-group-rules`;
    const ports = { protocol: 'tcp', port_range_min: port, port_range_max: port };
    const rule = { security_group_id: this.#group, direction: 'ingress', ...ports };
    await call(this.#agent, 'POST', url, { security_group_rule: rule });
  }

  async stop(): Promise<void> {
    this.#session?.close();
    this.#agent.destroy();
    await this.#controller.stop();
    await this.switch.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** Networks and ports by the API, then their interfaces. */
  async #populate(ports: number, networks: number): Promise<void> {
    const { rest } = this.#controller;
    const names = Array.from({ length: networks }, (_, at) => `net${at}`);
    const ids = await rest.createMany(
      'network',
      names.map((name) => ({ name })),
    );
    this.#networks = names.map((name) => ids.get(name) ?? '');
    const subnet = { ip_version: 4, cidr: '10.0.0.0/16' };
    await rest.createMany(
      'subnet',
      this.#networks.map((network_id, at) => ({ ...subnet, network_id, name: `${at}` })),
    );
    const groups = await rest.list('security_group');
    this.#group = groups.find(({ name }) => name === 'default')?.id ?? '';
    for (const rule of [{ protocol: 'icmp' }, { protocol: 'tcp', port_range_min: 22, port_range_max: 22 }])
      await rest.create('security_group_rule', {
        security_group_id: this.#group,
        direction: 'ingress',
        ...rule,
      });
    const plugs = new Map<string, string>();
    for (let at = 0; at < ports; at += 500) {
      const some = Array.from({ length: Math.min(500, ports - at) }, (_, index) => ({
        name: `tap${at + index}`,
        network_id: this.#networks[(at + index) % networks],
      }));
      for (const [name, id] of await rest.createMany('port', some)) plugs.set(name, id);
    }
    await this.switch.addInterfaces([...plugs.keys()], plugs);
    await this.#steady();
  }

  async #steady(): Promise<void> {
    const look = async () => {
      const rows = (await this.#controller.rest.request('GET', '/v1/switches').catch(() => [])) as readonly {
        readonly state: string;
        readonly portsUp: number;
      }[];
      return rows[0]?.state === 'steady' && rows[0].portsUp >= this.#ports ? true : undefined;
    };
    await until('the switch to be steady', look, { everyMs: 10 });
  }
}
