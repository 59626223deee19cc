import { execFileSync } from 'node:child_process';

/** What tcpdump makes of a frame, checksums included, in one line. */
export function tcpdump(frame: Uint8Array): string {
  const file = Buffer.alloc(24 + 16);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65535, 16);
  file.writeUInt32LE(1, 20);
  file.writeUInt32LE(frame.length, 32);
  file.writeUInt32LE(frame.length, 36);
  const input = Buffer.concat([file, frame]);
  const output = execFileSync('tcpdump', ['-tnevvr', '-'], { input, encoding: 'utf8', stdio: 'pipe' });
  return output.replaceAll(/\s+/g, ' ').trim();
}
