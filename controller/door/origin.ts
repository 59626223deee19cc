import { plainAddress } from 'ovsdb-client-ts';

/** Where a connection comes from, and as whom. */
export interface Origin {
  /** Its address, without a port. */
  readonly address: string;
  /** Common name of its certificate; absent without TLS. */
  readonly certificate?: string | undefined;
}

/** One text for each origin: connections of one hypervisor have the same. */
export function originText({ address, certificate }: Origin): string {
  const plain = plainAddress(address);
  return certificate === undefined ? plain : `${plain} with the certificate of ${certificate}`;
}
