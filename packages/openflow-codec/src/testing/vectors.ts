import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../vectors/', import.meta.url);

/** A message that another implementation encoded, and what `ovs-ofctl ofp-print` says about it. */
export interface Vector {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A flow-mod that was sent to ovs-vswitchd, and the flow statistics that it then answered. */
export interface ReadBack {
  readonly sent: Uint8Array;
  readonly answered: Uint8Array;
}

/** The vectors of a file in `vectors/`: comment lines with the text, then a line of hex digits. */
export function vectorsOf(file: string): Vector[] {
  const vectors: Vector[] = [];
  let text: string[] = [];
  for (const line of linesOf(file)) {
    if (line.startsWith('#')) text.push(line.slice(2));
    else if (line !== '') {
      vectors.push({ text: text.join('\n'), bytes: bytesOf(line) });
      text = [];
    }
  }
  return vectors;
}

/** Whole messages in `vectors/` that fuzzing starts from; long ones repeat what short ones have, and take long. */
export function corpus(): Uint8Array[] {
  return readdirSync(FOLDER)
    .filter((file) => /^(ofctl|os-ken|vswitchd)(-messages)?\.txt$/.test(file))
    .flatMap(vectorsOf)
    .map(({ bytes }) => bytes)
    .filter(({ length }) => length <= LONGEST);
}

const LONGEST = 1024;

/** The pairs of read-back.txt. */
export function readBacks(): ReadBack[] {
  const lines = linesOf('read-back.txt').filter((line) => line !== '');
  return lines.flatMap((line, index) => {
    const next = lines[index + 1];
    return line.startsWith('> ') && next
      ? [{ sent: bytesOf(line.slice(2)), answered: bytesOf(next.slice(2)) }]
      : [];
  });
}

function linesOf(file: string): string[] {
  return readFileSync(new URL(file, FOLDER), 'utf8').split('\n');
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Lower-case hex digits, so that a failed comparison can be read. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
