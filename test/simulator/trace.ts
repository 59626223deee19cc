/** What `ofproto/trace` says about a packet. */
export interface Trace {
  /** One line a look-up: table, priority and cookie of the flow hit, or `miss`. */
  readonly path: readonly string[];
  /** The fields at the end of the way, by the names that Open vSwitch prints. */
  readonly final: ReadonlyMap<string, string>;
  /** The list of datapath actions. */
  readonly actions: string;
  /** Present when a limit was exceeded. */
  readonly error?: string;
  /** True when the switch gave up at 64 kB of datapath actions, which the simulator does not count. */
  readonly isBeyond: boolean;
}

/** Takes the text of `ofproto/trace` apart (ofproto_trace__, ofproto/ofproto-dpif-trace.c). */
export function parseTrace(text: string): Trace {
  const lines = text.split('\n');
  const after = (start: string) => lines.find((line) => line.startsWith(start))?.slice(start.length);
  const final = after('Final flow: ');
  const error = /^Translation failed \(([^)]*)\)/m.exec(text)?.[1];
  return {
    path: lines.flatMap(lookUp),
    final: fieldsOf(final === 'unchanged' ? (after('Flow: ') ?? '') : (final ?? '')),
    actions: after('Datapath actions: ') ?? '',
    ...(error !== undefined && { error }),
    isBeyond: text.includes('resubmits yielded over 64 kB of actions'),
  };
}

/** A line such as `10. ip,reg5=0x1, priority 100, cookie 0x7`. */
function lookUp(line: string): string[] {
  const [, table, what = ''] = /^ *(\d+)\. (.*)$/.exec(line) ?? [];
  if (table === undefined) return [];
  const [, priority, cookie = '0x0'] = /priority (\d+)(?:, cookie (0x[0-9a-f]+))?$/.exec(what) ?? [];
  return [priority === undefined ? `${table} miss` : `${table} ${priority} ${cookie}`];
}

function fieldsOf(flow: string): Map<string, string> {
  return new Map(
    flow.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
