import { takeRole } from '#controller/reconciler/role';
import { CONTROLLER_ADDRESS, type ControllerProcess, type Hypervisor, waitFor } from '#lab';
import type { SwitchRow } from '../cloud.ts';
import { anyBridge, anyHypervisor, type Fault } from './arena.ts';
import { onBridge } from './on-bridge.ts';

/** Where the other controller is called. */
export const RIVAL = { ovsdb: 16_640, openflow: 16_653, api: 19_696, metrics: 19_697 } as const;
const KEY = 'tenantflow-generation';

/** Others who claim to be the master of a hypervisor. */
export const RIVAL_FAULTS: Readonly<Record<string, Fault>> = {
  /** It makes the hypervisor as it knows it, without any port, until it is killed and the one before is started again. */
  'another controller for a while': async (arena) => {
    const { cloud, last, random, rival } = arena;
    const hypervisor = anyHypervisor(arena);
    await rival.start();
    await setManagers(hypervisor, [6640, RIVAL.ovsdb]);
    await waitFor(
      async () => {
        const state = await stateOf(rival, hypervisor);
        // The one before began with a clock that was ahead: who starts anew is above what it has seen.
        if (state === 'outranked') await rival.restart();
        return state === 'steady';
      },
      { what: 'the other controller to be master' },
    );
    await isOutranked(cloud.controller, hypervisor);
    await last(random.below(500));
    await rival.kill();
    await setManagers(hypervisor, [6640]);
    await cloud.controller.restart();
  },

  /** The switch remembers him, and refuses what the controller writes until that is started anew. */
  'another master of the switch': async (arena) => {
    const { cloud, last, random } = arena;
    const hypervisor = await anyBridge(arena);
    const generation = BigInt(Date.now() + 86_400_000 + random.below(1_000));
    const newer = await onBridge(hypervisor.ovs, (connection) =>
      takeRole(connection, { role: 'master', generation }),
    );
    // The controller began with a clock that was further ahead.
    if (newer !== undefined) return;
    await isOutranked(cloud.controller, hypervisor);
    await last(random.below(500));
    await cloud.controller.restart();
  },

  'another master named by hand': async (arena) => {
    const { last, random } = arena;
    const hypervisor = anyHypervisor(arena);
    const generation = Date.now() + 86_400_000 + random.below(1_000);
    await hypervisor.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', `external_ids:${KEY}="${generation}"`);
    await last(random.below(500));
    await hypervisor.vsctl('--no-wait', 'remove', 'Open_vSwitch', '.', 'external_ids', KEY);
  },
};

async function setManagers(hypervisor: Hypervisor, ports: readonly number[]): Promise<void> {
  const targets = ports.map((port) => `tcp:${CONTROLLER_ADDRESS}:${port}`);
  await hypervisor.vsctl('--no-wait', 'set-manager', ...targets);
}

/** Who is started anew before it has seen who is above it would not be above that. */
async function isOutranked(controller: ControllerProcess, hypervisor: Hypervisor): Promise<void> {
  await waitFor(async () => (await stateOf(controller, hypervisor)) === 'outranked', {
    what: 'the controller to be outranked',
  });
}

async function stateOf({ rest }: ControllerProcess, { name }: Hypervisor): Promise<string | undefined> {
  const rows = (await rest.request('GET', '/v1/switches')) as readonly SwitchRow[];
  return rows.find(({ id }) => id === name)?.state;
}
