import { CodecError } from '../errors.ts';
import type { EncapProperty } from '../nicira-action.ts';
import { bytesText } from '../text/bytes.ts';
import { hexText, numberText } from '../text/number.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, type ActionOf, BAD_LENGTH, form, plain } from './form.ts';

const Encap = struct('nx_action_encap', 6, { headerSize: 'u16', packetType: 'u32' });
const Decap = struct('nx_action_decap', 6, { pad: { pad: 2 }, packetType: 'u32' });
/** ofp_ed_prop_header; `length` leaves the padding to 8 bytes out. */
const PropertyHeader = struct('ofp_ed_prop_header', 4, { class: 'u16', type: 'u8', length: 'u8' });
const MdType = struct('ofp_ed_prop_nsh_md_type', 1, { mdType: 'u8' });
const Tlv = struct('ofp_ed_prop_nsh_tlv', 4, { tlvClass: 'u16', tlvType: 'u8', length: 'u8' });

/** Class and types of the properties of a network service header. */
const NSH = { class: 4, mdType: 1, tlv: 2 } as const;

/** Packet types (namespace and type) that ovs-ofctl writes as a word. */
export const HEADERS: ReadonlyMap<number, string> = new Map([
  [0, 'ethernet'],
  [0x1894f, 'nsh'],
  [0x18847, 'mpls'],
  [0x18848, 'mpls_mc'],
]);
/** PT_USE_NEXT_PROTO: decap finds the type of what is inside out itself. */
export const NEXT_PROTOCOL = 0xfffe;

/** Nicira's actions that add and remove whole headers (ovs-actions(7)). */
export const ENCAP_ACTIONS: { readonly [N in 'encap' | 'decap']: ActionEntry<ActionOf<N>> } = {
  encap: {
    forms: [
      form({
        code: { nicira: 46 },
        layout: Encap,
        read(members, reader, end) {
          const properties: EncapProperty[] = [];
          while (reader.at < end) {
            const property = readProperty(reader, end);
            if (property === undefined) return undefined;
            properties.push(property);
          }
          return { action: 'encap', ...members, properties };
        },
        write: (action) => action,
        tail({ properties }, writer) {
          for (const property of properties) writeProperty(property, writer);
        },
      }),
    ],
    text({ packetType, properties }) {
      const header = HEADERS.get(packetType) ?? hexText(packetType);
      const parts = properties.map(propertyText).join(',');
      return `encap(${header}${parts === '' ? '' : `(${parts})`})`;
    },
  },
  decap: {
    forms: [plain('decap', { nicira: 47 }, Decap)],
    text({ packetType }) {
      if (packetType === NEXT_PROTOCOL) return 'decap()';
      return `decap(packet_type(ns=${packetType >>> 16},type=${numberText(packetType & 0xffff)}))`;
    },
  },
};

/** Undefined when the padding is not zero. */
function readProperty(reader: Reader, listEnd: number): EncapProperty | undefined {
  const start = reader.at;
  const header = reader.members(PropertyHeader, listEnd);
  const end = start + header.length;
  const next = start + ((header.length + 7) & ~7);
  if (header.length < PropertyHeader.size || next > listEnd) {
    throw new CodecError(
      'OFC_LENGTH',
      { struct: PropertyHeader.name, field: 'length', offset: start },
      BAD_LENGTH,
    );
  }
  const property = header.class === NSH.class ? readNsh(header.type, reader, end) : undefined;
  const isWhole = property !== undefined && reader.at === end;
  reader.at = next;
  if (!reader.isZero(end, next)) return undefined;
  return isWhole ? property : { property: 'raw', bytes: reader.copy(start, end) };
}

function readNsh(type: number, reader: Reader, end: number): EncapProperty | undefined {
  const at = reader.at;
  if (type === NSH.mdType && end - at === MdType.size) {
    return { property: 'nshMdType', ...reader.members(MdType, end) };
  }
  if (type !== NSH.tlv || end - at < Tlv.size) return undefined;
  const { length, ...members } = reader.members(Tlv, end);
  const dataEnd = reader.at + length;
  if (((dataEnd - reader.at + 7) & ~7) !== end - reader.at || !reader.isZero(dataEnd, end)) return undefined;
  const data = reader.rest(dataEnd);
  reader.at = end;
  return { property: 'nshTlv', ...members, data };
}

function writeProperty(property: EncapProperty, writer: Writer): void {
  const start = writer.size;
  if (property.property === 'raw') {
    writer.append(property.bytes);
  } else {
    const at = writer.reserve(PropertyHeader.size);
    const type = property.property === 'nshMdType' ? NSH.mdType : NSH.tlv;
    PropertyHeader.write(writer.view, at, { class: NSH.class, type, length: 0 });
    if (property.property === 'nshMdType') {
      const body = writer.reserve(MdType.size);
      MdType.writeMembers(writer.view, body, property);
    } else {
      const body = writer.reserve(Tlv.size);
      Tlv.writeMembers(writer.view, body, { ...property, length: property.data.length });
      const dataAt = writer.size;
      writer.append(property.data);
      writer.align(dataAt);
    }
    const length = writer.size - start;
    if (length > 0xff) throw new CodecError('OFC_SIZE', { struct: PropertyHeader.name, field: 'length' });
    writer.view.setUint8(start + 3, length);
  }
  writer.align(start);
}

function propertyText(property: EncapProperty): string {
  if (property.property === 'raw') return `raw(${bytesText(property.bytes)})`;
  if (property.property === 'nshMdType') return `md_type=${property.mdType}`;
  const { tlvClass, tlvType, data } = property;
  return `tlv(0x${tlvClass.toString(16).padStart(4, '0')},${tlvType},${data.length === 0 ? 0 : numberText(BigInt(`0x${bytesText(data)}`))})`;
}
