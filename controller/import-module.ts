/**
 * What a module exports, by its address. By itself here, because code that V8 has cached cannot import: the bundle
 * (scripts/bundle.ts) has the function of its launcher in this place.
 */
export function importModule(address: string): Promise<unknown> {
  return import(address);
}
