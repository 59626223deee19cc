import { describe, expect, it } from 'vitest';
import { readTopology } from '#controller/cli/topology/read';
import { bigCloud } from './big-cloud.ts';
import { cloudDocuments } from './cloud-documents.ts';

describe('bigCloud', () => {
  const cloud = bigCloud({ seed: 3, ports: 2_000, hypervisors: 100 });
  const ports = cloud.flatMap((tenant) => tenant.ports);

  it('is the same again by the same seed, and another by another', () => {
    expect(bigCloud({ seed: 3, ports: 2_000, hypervisors: 100 })).toEqual(cloud);
    expect(bigCloud({ seed: 4, ports: 2_000, hypervisors: 100 })).not.toEqual(cloud);
  });

  it('has all its ports, few large tenants and many small ones, and networks that are not too large', () => {
    expect(ports).toHaveLength(2_000);
    const sizes = cloud.map((tenant) => tenant.ports.length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes[0]).toBeGreaterThan(10 * (sizes.at(-1) ?? 0));
    const inNetworks = new Map<string, number>();
    for (const { network } of ports) inNetworks.set(network, (inNetworks.get(network) ?? 0) + 1);
    expect(Math.max(...inNetworks.values())).toBeLessThanOrEqual(24);
  });

  it('spreads ports over all hypervisors, but for subports, which are in other networks than their parents', () => {
    expect(new Set(ports.flatMap(({ hypervisor }) => hypervisor ?? [])).size).toBe(100);
    const byName = new Map(ports.map((port) => [port.name, port]));
    const trunks = cloud.flatMap((tenant) => tenant.trunks);
    expect(trunks.length).toBeGreaterThan(5);
    const subPorts = trunks.flatMap((trunk) => trunk.subPorts.map(({ port }) => port));
    expect(new Set(subPorts)).toEqual(
      new Set(ports.filter(({ hypervisor }) => hypervisor === undefined).map(({ name }) => name)),
    );
    for (const { parent, subPorts: its } of trunks) {
      const networks = [parent, ...its.map(({ port }) => port)].map((name) => byName.get(name)?.network);
      expect(new Set(networks).size).toBe(networks.length);
    }
  });

  it('is a topology that apply can read', () => {
    const text = cloudDocuments(cloud, (number) => `hv${number}`);
    const read = readTopology([{ name: 'cloud.yaml', text }]);
    expect(read).toMatchObject({ problems: [] });
  });
});
