/** One property of a message or an action, by the name that its table gives to its type. */
export interface Property<N extends string, T> {
  readonly property: N;
  readonly value: T;
}

/** A property of an unknown type, or of an unknown form; it is written back unchanged. */
export interface RawProperty {
  readonly property: 'raw';
  readonly propertyType: number;
  /** Everything after the 4-byte header, without the padding at the end. */
  readonly value: Uint8Array;
}

/** An experimenter's own data (OF 1.3.5, 7.5.4): the experimenter's type is in front where the structure has one. */
export interface ExperimenterData {
  readonly experimenter: number;
  readonly experimenterType: number;
  readonly data: Uint8Array;
}
