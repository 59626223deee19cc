import { anyBridge, anyHypervisor, type Fault } from './arena.ts';
import { PHYSICAL_NETWORK } from './network-changes.ts';

/** What people do on a hypervisor. */
export const HAND_FAULTS: Readonly<Record<string, Fault>> = {
  'flows deleted by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = await anyBridge(arena);
    const table = random.below(3) === 0 ? '' : `table=${random.below(8) * 16}`;
    await hypervisor.ofctl('del-flows', 'br-int', ...(table ? [table] : []));
    await last(random.below(100));
  },

  'meters deleted by hand': async (arena) => {
    const hypervisor = await anyBridge(arena);
    await hypervisor.ofctl('del-meters', 'br-int');
    await arena.last(arena.random.below(100));
  },

  'flows changed by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = await anyBridge(arena);
    const table = random.below(8) * 16;
    const act = random.pick(['drop', 'NORMAL', `output:${1 + random.below(9)}`, 'load:5->NXM_NX_REG2[]']);
    await hypervisor.ofctl('mod-flows', 'br-int', `table=${table},actions=${act}`);
    await last(random.below(100));
  },

  'flows added by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = await anyBridge(arena);
    const lines = Array.from({ length: 1 + random.below(20) }, (_, at) => {
      const cookie = `0x74${random.pick(['01', '02', '0a'])}01000000${(10 + at).toString(16)}`;
      const what = random.pick([`in_port=${random.below(20)}`, `reg2=${random.below(20)}`, 'ip', 'arp']);
      const priority = random.pick([1_000, 2_000, 7]);
      const timeout = random.pick(['', 'idle_timeout=300,', 'hard_timeout=1,']);
      return `cookie=${cookie},${timeout}table=${random.below(8) * 16},priority=${priority},${what},actions=drop`;
    });
    await hypervisor.addFlows(lines.join('\n'));
    await last(random.below(100));
  },

  'flows taken over by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = await anyBridge(arena);
    const flows = await hypervisor.dumpFlows();
    const stolen = flows.filter(() => random.below(4) === 0);
    await hypervisor
      .addFlows(
        stolen.map((flow) => flow.replace(/cookie=\S+, /, 'cookie=0x99, ').replace(/"/g, '')).join('\n'),
      )
      .catch(() => undefined);
    await hypervisor.ofctl('del-flows', 'br-int', 'cookie=0x99/-1');
    await last(random.below(100));
  },

  'settings changed by the operator': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const setting = random.pick([
      'external_ids:tenantflow-firewall=learn',
      'external_ids:tenantflow-firewall=conntrack',
      'external_ids:tenantflow-encap-type="vxlan,gre,geneve"',
      'external_ids:tenantflow-encap-type="geneve,vxlan"',
      `external_ids:tenantflow-bridge-mappings="${PHYSICAL_NETWORK}:br-ex"`,
      `external_ids:tenantflow-bridge-mappings="other:br-ex"`,
    ]);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', setting);
    await last(random.below(100));
  },
};
