import type { MaskedWords } from './bits.ts';

/** True when every packet that `narrow` matches is matched by `wide`, too. */
export function subsumes(wide: MaskedWords, narrow: MaskedWords): boolean {
  return wide.at.every((word, index) => {
    const at = narrow.at.indexOf(word);
    const mask = wide.masks[index] ?? 0;
    const [narrowMask, narrowValue] = at < 0 ? [0, 0] : [narrow.masks[at] ?? 0, narrow.values[at] ?? 0];
    return (mask & ~narrowMask) === 0 && (narrowValue & mask) >>> 0 === wide.values[index];
  });
}

/** True when some packet could match both. */
export function overlap(a: MaskedWords, b: MaskedWords): boolean {
  return a.at.every((word, index) => {
    const at = b.at.indexOf(word);
    if (at < 0) return true;
    const common = (a.masks[index] ?? 0) & (b.masks[at] ?? 0);
    return ((a.values[index] ?? 0) & common) === ((b.values[at] ?? 0) & common);
  });
}
