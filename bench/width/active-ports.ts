import { request } from 'node:http';
import { now } from '../../lab/fleet/datapath.ts';

/** When ports become ACTIVE, as a program hears of it that follows `GET /v1/events`. */
export class ActivePorts {
  readonly #times = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #close: () => void;

  private constructor(close: () => void) {
    this.#close = close;
  }

  /** Follows the controller whose API is at `url`. Rejects when it does not answer. */
  static follow(url: string): Promise<ActivePorts> {
    return new Promise((resolve, reject) => {
      const asked = request(`${url}/v1/events`, (answer) => {
        const ports = new ActivePorts(() => asked.destroy());
        let text = '';
        answer.setEncoding('utf8');
        answer.on('error', () => undefined);
        answer.on('data', (chunk: string) => {
          text += chunk;
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) ports.#take(event);
        });
        resolve(ports);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  /** When a port became ACTIVE, or will have, on `now`. To be asked once for each. */
  async at(portId: string): Promise<number> {
    const known = this.#times.get(portId);
    this.#times.delete(portId);
    return known ?? new Promise((resolve) => this.#waiting.set(portId, resolve));
  }

  close(): void {
    this.#close();
  }

  #take(event: string): void {
    if (!event.startsWith('event: change\n')) return;
    const data = JSON.parse(event.slice(event.indexOf('\ndata: ') + 7)) as {
      readonly kind: string;
      readonly id: string;
      readonly object: { readonly status?: string } | null;
    };
    if (data.kind !== 'port' || data.object?.status !== 'ACTIVE') return;
    const at = now();
    const waiting = this.#waiting.get(data.id);
    if (waiting === undefined) this.#times.set(data.id, at);
    this.#waiting.delete(data.id);
    waiting?.(at);
  }
}
