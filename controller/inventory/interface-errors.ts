import type { Logger } from 'pino';
import { quote } from './quote.ts';
import { bridgeNamed, type View } from './view.ts';
import { interfaceProblem, interfacesOf, type Vif } from './vif.ts';

/** Logs, once each, the interfaces of our bridge that cannot be used, and why. */
export class InterfaceErrors {
  #known: ReadonlyMap<string, string> = new Map();

  /** Those of the last report: what is wrong, by the name of the interface. */
  get known(): ReadonlyMap<string, string> {
    return this.#known;
  }

  /** `note` runs the writing of one line, or leaves it out when there are too many. */
  report(
    view: View,
    bridgeName: string,
    vifs: ReadonlyMap<string, Vif>,
    log: Logger,
    note: (write: () => void) => void,
  ): void {
    const bridge = bridgeNamed(view, bridgeName);
    const found = new Map<string, string>();
    for (const row of bridge === undefined ? [] : interfacesOf(view, bridge)) {
      const error = interfaceProblem(row, vifs);
      if (error === undefined) continue;
      found.set(row.name, error);
      if (this.#known.get(row.name) === error) continue;
      const id = row.external_ids.get('iface-id');
      const fields = { interface: quote(row.name), ifaceId: id === undefined ? undefined : quote(id), error };
      note(() => log.warn(fields, 'interface is not plugged'));
    }
    this.#known = found;
  }
}
