import type { FastifyInstance } from 'fastify';
import type { Store, Transaction } from '#controller/store/store';
import { fault } from './faults.ts';
import { addPath, ok } from './paths.ts';
import { checkAdmin } from './resource/policy.ts';

/** A row of the list, as far as the API reads it. */
export interface SwitchRow {
  readonly id: string;
}

/** What `/v1/switches` stands on. */
export interface SwitchesOptions {
  readonly store: Store;
  /** The rows of the list: plain JSON, read anew for each request. */
  readonly switches: () => readonly SwitchRow[];
  /** What one of them has to do with others: plain JSON, read anew for each request. */
  readonly peersOf: (systemId: string) => Promise<readonly unknown[]>;
  /** What was found when its flows were compared with what they ought to be: plain JSON; undefined when they never were. */
  readonly auditOf: (systemId: string) => object | undefined;
  /** Its interfaces that serve no port, and why: plain JSON, read anew for each request. */
  readonly idleInterfacesOf: (systemId: string) => readonly unknown[];
  /** Whether the hypervisor's database is connected, and would write its record again. */
  readonly isConnected: (systemId: string) => boolean;
  /** What a switch has dropped, by reason: plain JSON; undefined while it is not connected. */
  readonly drops: (systemId: string) => Promise<readonly unknown[] | undefined>;
}

/**
 * `GET /v1/switches` lists the hypervisors, `GET /v1/switches/ID` shows one with its peers, audits and interfaces of no port, `GET /v1/switches/ID/drops` what
 * it has dropped and why; `DELETE /v1/switches/ID` forgets one that is gone for good. All are for admins.
 */
export function addSwitches(
  app: FastifyInstance,
  { store, switches, peersOf, auditOf, idleInterfacesOf, isConnected, drops }: SwitchesOptions,
): void {
  addPath(app, '/v1/switches', {
    GET: async ({ caller }) => {
      checkAdmin(caller, 'get_switch');
      return ok(switches());
    },
  });
  addPath(app, '/v1/switches/:id/drops', {
    GET: async ({ id, caller }) => {
      checkAdmin(caller, 'get_switch');
      if (store.get('chassis', id) === undefined) throw fault('SwitchNotFound', id);
      const counts = await drops(id);
      if (counts === undefined) throw fault('SwitchNotConnected', id);
      return ok(counts);
    },
  });
  addPath(app, '/v1/switches/:id', {
    GET: async ({ id, caller }) => {
      checkAdmin(caller, 'get_switch');
      const row = switches().find((each) => each.id === id);
      if (row === undefined) throw fault('SwitchNotFound', id);
      return ok({
        ...row,
        audit: auditOf(id) ?? null,
        interfaces: idleInterfacesOf(id),
        peers: await peersOf(id),
      });
    },
    DELETE: async ({ id, caller }) => {
      checkAdmin(caller, 'delete_switch');
      await store.transact((transaction) => {
        if (isConnected(id)) throw fault('SwitchConnected', id);
        if (transaction.get('chassis', id) === undefined) throw fault('SwitchNotFound', id);
        forgetSwitch(transaction, id);
      });
      return { status: 204 };
    },
  });
}

/** Deletes all that is known of a hypervisor: its record, and what is plugged in there. */
export function forgetSwitch(transaction: Transaction, id: string): void {
  transaction.delete('chassis', id);
  for (const vif of transaction.find('vifs', 'chassis', id)) transaction.delete('vifs', vif.id);
}
