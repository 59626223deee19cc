import { HEADERS, NEXT_PROTOCOL } from '../../action/encap.ts';
import type { EncapProperty } from '../../nicira-action.ts';
import { parseBytes, parseNumber } from '../number.ts';
import { listOf, type Pair, pairsOf, type Slice, unexpected, valueAfter } from '../slice.ts';
import type { Words } from './context.ts';

const PACKET_TYPES = new Map(Array.from(HEADERS, ([type, word]) => [word, type]));

/** Words of the actions that add and remove whole headers (ovs-actions(7)). */
export const ENCAP_WORDS: Words = {
  encap(value) {
    const [header] = pairsOf(value);
    const packetType = PACKET_TYPES.get(header?.word.text ?? '');
    if (header === undefined || packetType === undefined) {
      throw unexpected('OFT_WORD', value, `one of ${Array.from(PACKET_TYPES.keys()).join(', ')}`);
    }
    return [
      { action: 'encap', headerSize: 0, packetType, properties: pairsOf(header.value).map(propertyOf) },
    ];
  },
  decap: (value) => [{ action: 'decap', packetType: innerType(value) }],
};

function propertyOf({ word, value }: Pair): EncapProperty {
  if (word.text === 'md_type') return { property: 'nshMdType', mdType: parseNumber(value, 8) };
  const [tlvClass, tlvType, data] = listOf(value);
  if (word.text !== 'tlv' || !tlvClass || !tlvType || !data) {
    throw unexpected('OFT_SYNTAX', word, 'md_type=N or tlv(class,type,data)');
  }
  return {
    property: 'nshTlv',
    tlvClass: parseNumber(tlvClass, 16),
    tlvType: parseNumber(tlvType, 8),
    data: parseBytes(evenDigits(data)),
  };
}

/** With the zero in front that ovs-ofctl leaves out when it prints bytes as one number. */
function evenDigits({ text, at }: Slice): Slice {
  const digits = text.replace(/^0x/i, '');
  return { text: digits.length % 2 === 0 ? digits : `0${digits}`, at };
}

/** `packet_type(ns=0,type=0)`, or nothing. */
function innerType(slice: Slice): number {
  const [pair] = pairsOf(slice);
  if (pair === undefined) return NEXT_PROTOCOL;
  const parts = pairsOf(pair.value);
  const namespace = valueAfter(parts, 'ns');
  const type = valueAfter(parts, 'type');
  if (pair.word.text !== 'packet_type' || !namespace || !type) {
    throw unexpected('OFT_SYNTAX', slice, 'packet_type(ns=N,type=N)');
  }
  return parseNumber(namespace, 16) * 0x10000 + parseNumber(type, 16);
}
