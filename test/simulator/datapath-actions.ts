/** One datapath action: `pop_vlan`, `set(eth(src=…))`, `clone(…)`, or a port number. */
export interface DatapathAction {
  readonly name: string;
  /** Of actions that take any: what stands in the brackets. */
  readonly text: string;
}

/** Cuts a list as `ofproto/trace` prints it at the commas that stand outside of brackets. */
export function parseDatapathActions(text: string): DatapathAction[] {
  return splitOutside(text).map((part) => {
    const [, name = part, inner = ''] = /^([^(]*)\((.*)\)$/.exec(part) ?? [];
    return { name, text: inner };
  });
}

/** `src=10.0.0.1,ttl=64/0xff` as pairs of name and text. */
export function parsePairs(text: string): [string, string][] {
  return splitOutside(text).map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  });
}

function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)].filter((part) => part !== '');
}
