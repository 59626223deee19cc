import { portText } from '../text/names.ts';
import { hexText } from '../text/number.ts';
import { struct } from '../wire/struct.ts';
import { type ActionEntry, type ActionOf, form, plain } from './form.ts';
import { fromShortPort, toShortPort } from './port.ts';

const Nothing = struct('nx_action_header', 6, { pad: { pad: 6 } });
const SetTunnel = struct('nx_action_set_tunnel', 6, { pad: { pad: 2 }, tunnel: 'u32' });
const SetTunnel64 = struct('nx_action_set_tunnel64', 14, { pad: { pad: 6 }, tunnel: 'u64' });
const OutputTrunc = struct('nx_action_output_trunc', 6, { port: 'u16', maxLength: 'u32' });
const WriteMetadata = struct('nx_action_write_metadata', 22, {
  pad: { pad: 6 },
  metadata: 'u64',
  mask: 'u64',
});

const ALL_BITS = 0xffffffffffffffffn;

type Tunnel = 'set_tunnel' | 'set_tunnel64' | 'pop_queue' | 'output_trunc' | 'write_metadata' | 'dec_nsh_ttl';

/** Nicira's actions on what goes along with a packet: tunnel id, queue, metadata, length (ovs-actions(7)). */
export const TUNNEL_ACTIONS: { readonly [N in Tunnel]: ActionEntry<ActionOf<N>> } = {
  set_tunnel: {
    forms: [plain('set_tunnel', { nicira: 2 }, SetTunnel)],
    text: ({ tunnel }) => `set_tunnel:${tunnel === 0 ? 0 : hexText(tunnel)}`,
  },
  set_tunnel64: {
    forms: [plain('set_tunnel64', { nicira: 9 }, SetTunnel64)],
    text: ({ tunnel }) => `set_tunnel64:${tunnel === 0n ? 0 : hexText(tunnel)}`,
  },
  pop_queue: { forms: [plain('pop_queue', { nicira: 5 }, Nothing)], text: () => 'pop_queue' },
  output_trunc: {
    forms: [
      form({
        code: { nicira: 39 },
        layout: OutputTrunc,
        read: ({ port, maxLength }) => ({ action: 'output_trunc', port: fromShortPort(port), maxLength }),
        write: ({ port, maxLength }) => ({ port: toShortPort(port), maxLength }),
      }),
    ],
    text: ({ port, maxLength }, { names }) => `output(port=${portText(port, names)},max_len=${maxLength})`,
  },
  write_metadata: {
    forms: [plain('write_metadata', { nicira: 22 }, WriteMetadata)],
    text: ({ metadata, mask }) =>
      `write_metadata:${metadata === 0n ? 0 : hexText(metadata)}${mask === ALL_BITS ? '' : `/${hexText(mask)}`}`,
  },
  dec_nsh_ttl: { forms: [plain('dec_nsh_ttl', { nicira: 48 }, Nothing)], text: () => 'dec_nsh_ttl' },
};
