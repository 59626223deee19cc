import type { Operation } from 'ovsdb-client-ts';
import { shown } from '../quote.ts';
import { type Bridge, bridgeNamed, db, rowsAt, type View } from '../view.ts';
import { interfacesOf } from '../vif.ts';
import { isSetAsOurs, NEW_CONTROLLER, newController, planController } from './bridge-controller.ts';
import { isOwned } from './owned-ports.ts';
import type { Repair, Wanted } from './repair.ts';

const PROTOCOL = 'OpenFlow13';
const DATAPATH_ID = 'datapath-id';
const DISABLE_IN_BAND = 'disable-in-band';
/**
 * A bridge that the hypervisor's manager may be reached through has hidden flows, above all of ours, that forward TCP and
 * ARP with the manager's address to every port: past the walls between tenants, and every packet's datapath flow becomes
 * as narrow as they are.
 */
const OUT_OF_BAND = new Map([[DISABLE_IN_BAND, 'true']]);

/** The bridge with its local port and our controller, in one piece. */
export function planNewBridge(wanted: Wanted): Repair {
  const { bridge: name, datapathType = '' } = wanted;
  return {
    what: `bridge ${name}`,
    operations: [
      db.insert('Interface', { name, type: 'internal' }, 'local_interface'),
      db.insert('Port', { name, interfaces: ['local_interface'] }, 'local_port'),
      newController(wanted),
      db.insert(
        'Bridge',
        {
          name,
          datapath_type: datapathType,
          fail_mode: 'secure',
          protocols: [PROTOCOL],
          other_config: OUT_OF_BAND,
          ports: ['local_port'],
          controller: [NEW_CONTROLLER],
        },
        'new_bridge',
      ),
      db.mutate('Open_vSwitch', [], [['bridges', 'insert', ['new_bridge']]]),
    ],
  };
}

/** Repairs of a bridge that exists. Its datapath_type is never touched: changing it makes OVS rebuild the bridge. */
export function planBridge(view: View, bridge: Bridge, wanted: Wanted): readonly Repair[] {
  const repairs: Repair[] = [];
  const repair = (what: string, ...operations: Operation[]): void => {
    repairs.push({ what: `bridge ${bridge.name} ${what}`, operations });
  };
  if (bridge.fail_mode !== 'secure') {
    repair('fail_mode', db.update('Bridge', [['_uuid', '==', bridge._uuid]], { fail_mode: 'secure' }));
  }
  // An empty set means OVS's default, which allows OpenFlow 1.3 and what others on this bridge may use.
  if (bridge.protocols.length > 0 && !bridge.protocols.includes(PROTOCOL)) {
    repair(
      'protocols',
      db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['protocols', 'insert', [PROTOCOL]]]),
    );
  }
  if (bridge.other_config.get(DISABLE_IN_BAND) !== 'true') {
    repair(
      DISABLE_IN_BAND,
      db.mutate(
        'Bridge',
        [['_uuid', '==', bridge._uuid]],
        [
          ['other_config', 'delete', [DISABLE_IN_BAND]],
          ['other_config', 'insert', OUT_OF_BAND],
        ],
      ),
    );
  }
  // OVS derives the id from the lowest MAC address of any port, and drops OpenFlow connections when it changes: a VM
  // that is plugged must not do that.
  if (bridge.datapath_id !== null && !bridge.other_config.has(DATAPATH_ID)) {
    const pinned = new Map([[DATAPATH_ID, bridge.datapath_id]]);
    repair(
      DATAPATH_ID,
      db.mutate('Bridge', [['_uuid', '==', bridge._uuid]], [['other_config', 'insert', pinned]]),
    );
  }
  return [...repairs, ...planController(view, bridge, wanted)];
}

/** Says that a bridge is not of the datapath type that is asked for, which only making it anew could change. */
export function datapathMismatch(
  view: View,
  { bridge: name, datapathType }: Pick<Wanted, 'bridge' | 'datapathType'>,
): string | undefined {
  const bridge = bridgeNamed(view, name);
  const is = bridge?.datapath_type || 'system';
  if (bridge === undefined || datapathType === undefined || is === datapathType) return undefined;
  return `bridge ${name} is of datapath type ${is}, not ${datapathType}: ovs-vsctl del-br ${name} has it made anew, without its ports`;
}

/**
 * Says that a bridge serves something else: it was never ours, and carries an interface that is no port's, such as the network card
 * by which the hypervisor is reached. Taking it over would drop all that it forwards, and nothing could be mended from here.
 */
export function bridgeOfOthers(view: View, name: string): string | undefined {
  const bridge = bridgeNamed(view, name);
  if (bridge === undefined || wasOurs(view, bridge)) return undefined;
  const stranger = interfacesOf(view, bridge).find(
    ({ type, external_ids }) => DEVICES.has(type) && !external_ids.has('iface-id'),
  );
  return stranger === undefined
    ? undefined
    : `bridge ${name} is left alone, because it carries ${shown(stranger.name)}, which is no port’s: name a bridge for tenants only by external_ids:tenantflow-bridge, or ovs-vsctl del-port ${name} ${shown(stranger.name)}`;
}

/** Taken over before, maybe by another controller of ours: each of the two marks outlives the loss of the other. */
function wasOurs(view: View, bridge: Bridge): boolean {
  return (
    rowsAt(view.table('Controller'), bridge.controller).some(isSetAsOurs) ||
    rowsAt(view.table('Port'), bridge.ports).some(
      (port) =>
        isOwned(port) &&
        rowsAt(view.table('Interface'), port.interfaces).some(({ type }) => type !== 'patch'),
    )
  );
}

/** Types of interfaces by which packets leave a hypervisor, or reach a guest. */
const DEVICES: ReadonlySet<string> = new Set(['', 'system', 'tap', 'dpdk', 'afxdp', 'afxdp-nonpmd']);
