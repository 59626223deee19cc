import { FIELDS, type FieldMatch, type FieldName, type FieldValue } from 'openflow-codec';
import { PipelineError } from './errors.ts';
import type { Register } from './registers.ts';

/** A condition on a field, or on some of its bits. */
export function onField(field: FieldName, value: FieldValue, mask: FieldValue | undefined): FieldMatch {
  return mask === undefined ? { field, value } : { field, value, mask };
}

/** A condition on a register, or on the bits of `only`. Throws PipelineError PIPE_FIELD_VALUE for what it cannot hold. */
export function onRegister(register: Register, value: FieldValue, only?: FieldValue): FieldMatch {
  checkRegisterValue(register, value);
  const { field, offset } = register;
  if (only !== undefined) {
    checkRegisterValue(register, only);
    const placed = (bits: FieldValue) => sized(field, BigInt(bits) << BigInt(offset));
    return { field, value: placed(value), mask: placed(only) };
  }
  const { isWhole, isWide, mask } = shapeOf(register);
  if (isWide) {
    const bits = BigInt(value) << BigInt(offset);
    return isWhole ? { field, value: bits } : { field, value: bits, mask };
  }
  // Shifted without a sign.
  const bits = Number(value) * 2 ** offset;
  return isWhole ? { field, value: bits } : { field, value: bits, mask };
}

/** Two conditions on bits of one field, as one; registers never share bits, so neither hides the other. */
export function bothOf(a: FieldMatch, b: FieldMatch): FieldMatch {
  const mask = (match: FieldMatch) => BigInt(match.mask ?? onesOf(FIELDS[match.field].bits));
  return {
    field: a.field,
    value: sized(a.field, BigInt(a.value) | BigInt(b.value)),
    mask: sized(a.field, mask(a) | mask(b)),
  };
}

/** Throws PipelineError PIPE_FIELD_VALUE for a value that a register cannot hold. */
export function checkRegisterValue({ name, bits }: Register, value: FieldValue): void {
  const fits =
    typeof value === 'number' && bits <= 32
      ? value >= 0 && value < 2 ** bits && Number.isInteger(value)
      : BigInt.asUintN(bits, BigInt(value)) === BigInt(value);
  if (!fits) throw new PipelineError('PIPE_FIELD_VALUE', { field: name, value: String(value) });
}

/** What is the same of all conditions on one register. */
interface Shape {
  /** True when it is all of its field, so that nothing is masked. */
  readonly isWhole: boolean;
  /** True when its field has more than 32 bits, so that values are bigint. */
  readonly isWide: boolean;
  readonly mask: FieldValue;
}

const shapes = new WeakMap<Register, Shape>();

function shapeOf(register: Register): Shape {
  const known = shapes.get(register);
  if (known !== undefined) return known;
  const { field, offset, bits } = register;
  const shape = {
    isWhole: bits === FIELDS[field].bits,
    isWide: FIELDS[field].bits > 32,
    mask: sized(field, onesOf(bits) << BigInt(offset)),
  };
  shapes.set(register, shape);
  return shape;
}

function onesOf(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/** The codec's form of a value: number up to 32 bits, bigint above. */
function sized(field: FieldName, value: bigint): FieldValue {
  return FIELDS[field].bits > 32 ? value : Number(value);
}
