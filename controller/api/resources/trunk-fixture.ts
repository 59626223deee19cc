import { type Reply, type TestApi, testApi } from '../api-fixture.ts';

/** An API with networks and ports to make trunks of; ids by name. */
export class TrunkBench {
  readonly api: TestApi = testApi();
  readonly ids: Record<string, string> = {};

  /** Five ports of a VLAN network with an MTU of 1500, `low` with 1400, and `tunnelled` of a VXLAN network. */
  static async open(): Promise<TrunkBench> {
    const bench = new TrunkBench();
    const networks = {
      wide: { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' },
      narrow: { 'provider:network_type': 'vxlan' },
      narrower: { 'provider:network_type': 'vxlan', mtu: 1400 },
    };
    for (const [name, network] of Object.entries(networks)) {
      const { body } = await bench.api.call('POST', '/v2.0/networks', { network: { name, ...network } });
      bench.ids[name] = body.network.id;
    }
    for (const name of ['parent', 'a', 'b', 'c', 'other']) await bench.port(name, 'wide');
    await bench.port('low', 'narrower');
    await bench.port('tunnelled', 'narrow');
    return bench;
  }

  async port(name: string, network: string, attributes: object = {}): Promise<void> {
    const { body } = await this.api.call('POST', '/v2.0/ports', {
      port: { name, network_id: this.ids[network], ...attributes },
    });
    this.ids[name] = body.port.id;
  }

  /** A subport as requests name it. */
  sub(name: string, segmentation_id?: unknown, segmentation_type: unknown = 'vlan') {
    const segment = segmentation_id === undefined ? {} : { segmentation_id };
    return { port_id: this.ids[name], segmentation_type, ...segment };
  }

  create(sub_ports: unknown = [], parent = 'parent', more: object = {}): Promise<Reply> {
    const trunk = { port_id: this.ids[parent], sub_ports, ...more };
    return this.api.call('POST', '/v2.0/trunks', { trunk });
  }

  act(trunk: string, action: string, sub_ports: unknown): Promise<Reply> {
    return this.api.call('PUT', `/v2.0/trunks/${trunk}/${action}`, { sub_ports });
  }

  async show(name: string): Promise<Reply['body']> {
    return (await this.api.call('GET', `/v2.0/ports/${this.ids[name]}`)).body.port;
  }

  bind(name: string, host: string | null): Promise<Reply> {
    return this.api.call('PUT', `/v2.0/ports/${this.ids[name]}`, { port: { 'binding:host_id': host } });
  }

  /** Status, type and message of a refusal, ids in it replaced by names. */
  told({ status, body }: Reply, trunk = ''): unknown[] {
    const { type, message } = body.NeutronError;
    const names = Object.entries(this.ids).reduce(
      (text, [name, id]) => text.replaceAll(id, name),
      String(message),
    );
    return [status, type, trunk === '' ? names : names.replaceAll(trunk, 'TRUNK')];
  }
}
