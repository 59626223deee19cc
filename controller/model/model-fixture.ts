import { sampleChassis, sampleNetwork, samplePort } from '#controller/store/sample-records';

/** A network whose VNI follows its key, for tests. */
export function networkRecord(id: string, key: number, rest: Parameters<typeof sampleNetwork>[1] = {}) {
  return sampleNetwork(id, { key, segmentationId: 1000 + key, ...rest });
}

/** A port whose MAC address follows its key, for tests. */
export function portRecord(
  id: string,
  key: number,
  networkId: string,
  rest: Parameters<typeof samplePort>[1] = {},
) {
  const macAddress = `fa:16:3e:00:00:${(key % 256).toString(16).padStart(2, '0')}`;
  return samplePort(id, { key, networkId, macAddress, ...rest });
}

/** A hypervisor whose address and peer key follow its number, for tests. */
export function chassisRecord(id: string, number: number, rest: Parameters<typeof sampleChassis>[1] = {}) {
  return sampleChassis(id, { encapIps: [`172.31.0.${number}`], peerKeys: { vxlan: 1000 + number }, ...rest });
}
