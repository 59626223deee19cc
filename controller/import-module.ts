/**
 * What a module exports, by its address. In a file of its own because code from V8's cache cannot `import()`: the bundle
 * (scripts/bundle.ts) puts a function of its launcher in this place.
 */
export function importModule(address: string): Promise<unknown> {
  return import(address);
}
