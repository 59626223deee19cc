import type { AnyFact } from '#apps';
import type { FactRef } from './fact-ref.ts';
import type { RefMap } from './ref-map.ts';
import { type Sweep, WIRED_KINDS } from './sweeps.ts';
import type { World } from './world.ts';

/**
 * The facts that a sweep stands for now: those that may hold, and those of `held` that may no longer. Facts that were marked
 * one by one since need not be among them.
 */
export function* swept(
  sweep: Sweep,
  chassisId: string,
  world: World,
  held: RefMap<AnyFact> | undefined,
): Generator<FactRef, void> {
  switch (sweep.kind) {
    case 'network':
      return yield* sweptNetwork(sweep, chassisId, world, held);
    case 'membersIn':
      for (const port of world.firewall.members.ownersIn(sweep.group)) yield { kind: 'member', port };
      return;
    case 'members':
      for (const port of held?.subjects('member') ?? []) yield { kind: 'member', port };
  }
}

function* sweptNetwork(
  { network }: Extract<Sweep, { kind: 'network' }>,
  chassisId: string,
  { placement, ports }: World,
  held: RefMap<AnyFact> | undefined,
): Generator<FactRef, void> {
  const hosts = placement.hosts(network);
  yield { kind: 'segment', network };
  for (const port of hosts.get(chassisId) ?? []) for (const kind of WIRED_KINDS) yield { kind, port };
  for (const wired of hosts.values()) for (const port of wired) yield { kind: 'remotePort', port };
  for (const port of held?.subjects('remotePort') ?? [])
    if ((ports.get(port)?.networkId ?? network) === network) yield { kind: 'remotePort', port };
}
