import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { formatEndpoint, plainAddress } from 'ovsdb-client-ts';
import { type Places, tooMany, type Whence, whence } from '#controller/base/crowd';
import { formatAddress, type ListenAddress } from '#controller/config/address';
import { speaksTls, tellOfTls } from './peek.ts';

/**
 * PEM texts: our certificate chain and key, the CA whose certificates hypervisors have to show, and its list of those that it
 * has revoked (RFC 5280, 5), if any.
 */
export interface DoorIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly crl?: string;
}

/** A peer that was let in. */
export interface Guest {
  /** Open. What it says goes to who listens to its data by the time `welcome` returns. */
  readonly socket: Socket;
  /** Common name of its certificate, which our CA has signed; absent without TLS. */
  readonly certificate?: string;
}

/** What those who are not let in yet may take. */
export interface DoorLimits {
  /** Milliseconds; a peer that says nothing for so long does not speak TLS. */
  readonly silenceMs: number;
  /** Milliseconds that a TLS handshake may take. */
  readonly handshakeMs: number;
  readonly hall: Places;
}

export const DOOR_LIMITS: DoorLimits = {
  silenceMs: 1_000,
  handshakeMs: 10_000,
  // After a restart all hypervisors come at once, twice each.
  hall: { all: 4_096, each: 256 },
};

export interface DoorOptions {
  /** TLS is spoken with those who begin with it; absent, with nobody. */
  readonly identity?: DoorIdentity | undefined;
  /** Nobody is let in without TLS. Needs an identity. */
  readonly requireTls?: boolean;
  readonly welcome: (guest: Guest) => void;
  /** Somebody was turned away, for the log: `HOST:PORT`, the address alone, and why. */
  readonly turnedAway: (peer: string, address: string, reason: string) => void;
  readonly onError: (error: Error) => void;
  readonly limits?: DoorLimits;
}

interface Waiting extends Whence {
  readonly socket: Socket;
}

/** Listens on one address and lets peers in, by TLS with certificates both ways where that is configured. */
export class Door {
  readonly #options: DoorOptions;
  readonly #limits: DoorLimits;
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  /** Those who are not let in yet, in order of arrival. */
  readonly #hall = new Map<Socket, Waiting>();

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#limits = options.limits ?? DOOR_LIMITS;
    this.#server = createServer((socket) => {
      this.#accept(socket).catch((error) => {
        socket.destroy();
        options.onError(error);
      });
    });
    if (options.identity) this.#tls = this.#createTls(options.identity);
  }

  /** Starts to listen; resolves with the address, the port chosen when it was 0. Rejects when it is taken. */
  listen(address: ListenAddress): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', this.#options.onError);
        resolve(formatAddress(this.#server.address()));
      });
    });
  }

  /** Other certificates, for those who come from now on. Throws when they make no identity. */
  change(identity: DoorIdentity): void {
    this.#tls?.setSecureContext(identity);
  }

  /** Lets nobody in any more; resolves when those who were let in have gone, too. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#hall.keys()) socket.destroy();
    return closed;
  }

  async #accept(socket: Socket): Promise<void> {
    // A socket that is gone already has no address, and no peer to talk to.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    if (this.#tls === undefined) {
      const [peer, address] = [peerOf(socket), plainAddress(socket.remoteAddress)];
      // The guest is ended by what it says there, which nobody else could explain.
      tellOfTls(socket, () => this.#options.turnedAway(peer, address, NO_TLS));
      this.#options.welcome({ socket });
      return;
    }
    this.#wait(socket, plainAddress(socket.remoteAddress));
    const tls = this.#options.requireTls || (await speaksTls(socket, this.#limits.silenceMs));
    if (tls === undefined) socket.destroy();
    else if (tls) this.#tls.emit('connection', socket);
    else {
      this.#hall.delete(socket);
      this.#options.welcome({ socket });
      socket.resume();
      return;
    }
    socket.resume();
  }

  #wait(socket: Socket, address: string): void {
    const peer = peerOf(socket);
    this.#hall.set(socket, { socket, ...whence(address) });
    socket.once('close', () => this.#hall.delete(socket));
    // Somebody may hang up at any moment; the handshake tells why, if there is one.
    socket.on('error', () => undefined);
    const surplus = tooMany(this.#hall.values(), this.#limits.hall);
    if (surplus === undefined) return;
    this.#options.turnedAway(peer, surplus.address, 'too many connections wait to be let in');
    surplus.socket.destroy();
  }

  #createTls(identity: DoorIdentity): TlsServer {
    const { handshakeMs: handshakeTimeout } = this.#limits;
    const options = { ...identity, handshakeTimeout, requestCert: true, rejectUnauthorized: true };
    const server = createTlsServer({ ...options, minVersion: 'TLSv1.2' }, (socket) => this.#letIn(socket));
    server.on('tlsClientError', (error, socket) => {
      // Of a certificate that is refused, the error itself says only that the handshake has ended.
      const reason = socket.authorizationError
        ? `its certificate is refused: ${socket.authorizationError}`
        : error.message;
      this.#options.turnedAway(peerOf(socket), plainAddress(socket.remoteAddress ?? ''), reason);
      socket.destroy();
    });
    return server;
  }

  #letIn(socket: TLSSocket): void {
    // A second handshake would cost the peer little and us much, and might show another certificate.
    socket.disableRenegotiation();
    // By the plain socket's ports, because the TLS socket is another object.
    for (const waiting of this.#hall.keys())
      if (waiting.remotePort === socket.remotePort && waiting.remoteAddress === socket.remoteAddress)
        this.#hall.delete(waiting);
    const certificate = commonName(socket);
    if (certificate === undefined) {
      const reason = 'its certificate has no common name, or several';
      this.#options.turnedAway(peerOf(socket), plainAddress(socket.remoteAddress ?? ''), reason);
      socket.destroy();
      return;
    }
    this.#options.welcome({ socket, certificate });
  }
}

const NO_TLS = 'it speaks TLS, for which there is no certificate here: --switch-tls-cert';

/**
 * Connections that the kernel keeps until we take them, within its own bound (net.core.somaxconn): after a start all
 * hypervisors come at once. One too many believes that it is connected, and waits.
 */
const BACKLOG = 4_096;

/** Whose certificate a peer has shown; undefined when it names nobody, or several. */
export function commonName(socket: TLSSocket): string | undefined {
  // Without a certificate it is an empty object, and of several names a list, whatever the types say.
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function peerOf(socket: Socket): string {
  return formatEndpoint(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0);
}
