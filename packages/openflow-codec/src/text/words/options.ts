import { pairsOf, type Slice, unexpected } from '../slice.ts';

/** How each option of an action is taken; the slice is empty for an option without a value. */
export type Options = Readonly<Record<string, (value: Slice) => void>>;

/** Takes the options of an action, such as `idle_timeout=5,send_flow_rem`. Throws OFT_WORD for an unknown one. */
export function readOptions(slice: Slice, options: Options): void {
  for (const { word, value } of pairsOf(slice)) {
    const take = Object.hasOwn(options, word.text) ? options[word.text] : undefined;
    if (take === undefined) throw unexpected('OFT_WORD', word, `one of ${Object.keys(options).join(', ')}`);
    take(value);
  }
}

/** One of the words of a list. Throws OFT_WORD. */
export function oneOf<const N extends string>(slice: Slice, words: readonly N[]): N {
  const word = words.find((one) => one === slice.text);
  if (word === undefined) throw unexpected('OFT_WORD', slice, `one of ${words.join(', ')}`);
  return word;
}
