import type { Logger } from 'pino';
import { bridgeNamed, rowsAt, type View } from './view.ts';

/** Logs, once each, the interfaces of our bridge that OVS could not open, with OVS's own words. */
export class InterfaceErrors {
  #known: ReadonlyMap<string, string> = new Map();

  report(view: View, bridgeName: string, log: Logger): void {
    const bridge = bridgeNamed(view, bridgeName);
    const found = new Map<string, string>();
    for (const port of rowsAt(view.table('Port'), bridge?.ports ?? [])) {
      for (const { name, ofport, error, external_ids: ids } of rowsAt(
        view.table('Interface'),
        port.interfaces,
      )) {
        if (ofport !== -1 && error === null) continue;
        const text = error ?? 'no such device';
        found.set(name, text);
        if (this.#known.get(name) === text) continue;
        log.warn({ interface: name, ifaceId: ids.get('iface-id'), error: text }, 'interface is not plugged');
      }
    }
    this.#known = found;
  }
}
