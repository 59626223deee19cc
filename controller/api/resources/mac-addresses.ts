import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { Random } from '../resource/resource.ts';

/** The MAC address asked for, or one of OpenStack's that no port of the network has. Throws the fault when taken. */
export function chosenMac(
  tx: Transaction,
  networkId: string,
  asked: string | undefined,
  random: Random,
): string {
  const isTaken = (candidate: string) => tx.find('ports', 'mac', `${networkId}/${candidate}`).length > 0;
  if (asked !== undefined) {
    if (isTaken(asked)) throw fault('MacAddressInUse', networkId, asked);
    return asked;
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    const suffix = random(1n << 24n)
      .toString(16)
      .padStart(6, '0');
    const candidate = `fa163e${suffix}`.replace(/..(?=.)/g, '$&:');
    if (!isTaken(candidate)) return candidate;
  }
  throw fault('MacAddressGenerationFailure', networkId);
}
