/** Characters of a foreign text that are shown; longer ones are cut. */
const LONGEST = 200;
/** What JSON leaves as it is although a terminal may act on it or not show it: C1 controls, line and bidi marks. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from the network as a JSON string, safe to show on a terminal and to put into one line of a log. */
export function quote(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(cut).replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** A name from the network, unchanged if nobody can misread it, otherwise quoted. */
export function shown(name: string): string {
  return /^[a-zA-Z0-9@._:/[\]-]{1,200}$/.test(name) ? name : quote(name);
}
