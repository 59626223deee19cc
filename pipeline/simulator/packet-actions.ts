import { GROUP, PORT, type Subfield } from 'openflow-codec';
import { SimulatorError } from './errors.ts';
import type { Preparations } from './prepare.ts';
import { longPort, readSubfield } from './subfield.ts';
import type { Run, Translation } from './translation.ts';

/** Ports that stand for a decision of the switch's own, which this one does not have. */
const DECIDING: readonly number[] = [PORT.normal, PORT.flood, PORT.all, PORT.table, PORT.unset];
/** Table of a resubmit to where it stands. */
const SAME_TABLE = 255;
/** TCP's FIN and RST (RFC 9293, 3.1). */
const ENDS = 0x05;

/** Actions that send a packet somewhere or decide whether it goes on. */
export const PACKET_ACTIONS: Preparations = {
  output: ({ port, maxLength }) => {
    checkPort(port);
    return (packet) => sendTo(packet, port, maxLength);
  },
  output_reg: ({ from, maxLength }) => outputByField(from, maxLength),
  output_trunc: ({ port, maxLength }) => {
    checkPort(port);
    return (packet) => {
      if (port === PORT.controller || port === PORT.any) return;
      if (port === PORT.inPort) packet.deliver(packet.inPort, maxLength);
      else packet.output(port, maxLength);
    };
  },
  controller: ({ maxLength, controllerId, reason }) => {
    return (packet) => packet.toControllerAs(reason, maxLength, controllerId);
  },
  controller2: ({ maxLength = 0xffff, controllerId = 0, reason = 1, pause }) => {
    if (pause) throw new SimulatorError('SIM_UNSUPPORTED', { action: 'controller', option: 'pause' });
    return (packet) => packet.toControllerAs(reason, maxLength, controllerId);
  },
  group: ({ group }) => {
    if (group > GROUP.max) throw new SimulatorError('SIM_UNSUPPORTED', { group });
    return (packet) => runGroup(packet, group);
  },
  resubmit: ({ inPort, table, form }) => {
    if (form === 'ct') throw new SimulatorError('SIM_UNSUPPORTED', { action: 'resubmit', option: 'ct' });
    return (packet) =>
      packet.lookUp(
        table === SAME_TABLE ? packet.table : table,
        inPort === PORT.inPort ? packet.inPort : inPort,
      );
  },
  exit: () => (packet) => {
    packet.exit = true;
  },
  fin_timeout:
    ({ idleTimeout, hardTimeout }) =>
    ({ rule, tcpFlags }) => {
      if (!rule || (tcpFlags & ENDS) === 0) return;
      rule.idleTimeout = reduced(rule.idleTimeout, idleTimeout);
      rule.hardTimeout = reduced(rule.hardTimeout, hardTimeout);
    },
  conjunction: () => nothing,
  note: () => nothing,
  set_queue: () => nothing,
  pop_queue: () => nothing,
};

function nothing(): void {}

function checkPort(port: number): void {
  if (DECIDING.includes(port)) throw new SimulatorError('SIM_UNSUPPORTED', { port });
}

/** OFPR_* of an output to the controller (OF 1.3.5, 7.4.1), and Open vSwitch's for groups and action sets. */
const REASON = { action: 1, actionSet: 3, group: 4 } as const;

function sendTo(packet: Translation, port: number, maxLength: number): void {
  if (port === PORT.inPort) packet.deliver(packet.inPort);
  else if (port === PORT.controller) {
    const reason = packet.isBucket ? REASON.group : packet.isActionSet ? REASON.actionSet : REASON.action;
    packet.toControllerAs(reason, maxLength, 0);
  } else if (port !== PORT.any) packet.output(port);
}

function outputByField(from: Subfield, maxLength: number): Run['run'] {
  return (packet) => {
    const value = readSubfield(packet.key, from);
    const port = value > 0xffffn ? undefined : longPort(Number(value));
    if (port === undefined) packet.note('portRange');
    else {
      checkPort(port);
      sendTo(packet, port, maxLength);
    }
  };
}

function runGroup(packet: Translation, id: number): void {
  if (!packet.checkLimits()) return;
  const group = packet.state.groups.get(id);
  if (!group) {
    packet.note('noSuchGroup');
    packet.leaveList();
    return;
  }
  const buckets =
    group.type === 'all' || group.type === 'indirect'
      ? group.buckets
      : group.buckets.slice(packet.state.select(group, packet.key)).slice(0, 1);
  for (const { run } of buckets) packet.runBucket(run);
}

function reduced(timeout: number, most: number): number {
  return most !== 0 && (timeout === 0 || timeout > most) ? most : timeout;
}
