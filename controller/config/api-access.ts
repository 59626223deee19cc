import { createSecureContext } from 'node:tls';
import type { ApiAccess } from '#controller/api/access/guard';
import { type Identify, identifyAnyone, identifyLocal } from '#controller/api/access/identify';
import { Tokens } from '#controller/api/access/tokens';
import { ConfigError } from './config.ts';
import { reading, readPrivateFile, readPublicFile } from './private-file.ts';
import type { Settings } from './settings.ts';

/** Certificate chain and private key, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** Who may use the API, as the operator has it in files that may change while the controller runs. */
export class ConfiguredAccess implements ApiAccess {
  readonly requestsPerMinute: number;
  readonly #settings: Settings;
  #identify: Identify = identifyAnyone;
  #tls: TlsIdentity | undefined;

  /** Throws ConfigError for files that cannot be used, and for an API that everybody could use unasked. */
  constructor(settings: Settings) {
    this.#settings = settings;
    const { host, port } = settings.api;
    if (this.isOpenToAll && !settings.insecure)
      throw new ConfigError(
        '--api',
        `${host}:${port} is not a loopback address, and whoever reaches it could do everything: ` +
          'give --api-token-file, or --insecure if that is what you want',
      );
    this.requestsPerMinute = this.#hasTokens || this.isOpenToAll ? settings['api-rate'] : 0;
    this.reload();
  }

  readonly identify: Identify = (headers) => this.#identify(headers);

  get tls(): TlsIdentity | undefined {
    return this.#tls;
  }

  /** Whether everybody who reaches the API, from other machines too, can do everything. */
  get isOpenToAll(): boolean {
    return !this.#hasTokens && !isLoopback(this.#settings.api.host);
  }

  /** Reads the files again. Throws ConfigError, and then all stays as it was. */
  reload(): void {
    const tokens = this.#readTokens();
    this.#tls = this.#readTls();
    this.#identify = tokens?.identify ?? (this.isOpenToAll ? identifyAnyone : identifyLocal);
  }

  get #hasTokens(): boolean {
    return this.#settings['api-token-file'] !== '';
  }

  #readTokens(): Tokens | undefined {
    const file = this.#settings['api-token-file'];
    if (!this.#hasTokens) return undefined;
    return reading('--api-token-file', () => {
      const text = readPrivateFile(file);
      try {
        return new Tokens(text);
      } catch (error) {
        if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`);
        throw error;
      }
    });
  }

  #readTls(): TlsIdentity | undefined {
    const { 'api-tls-cert': certFile, 'api-tls-key': keyFile } = this.#settings;
    if (certFile === '' && keyFile === '') return undefined;
    if (certFile === '') throw new ConfigError('--api-tls-key', 'needs --api-tls-cert');
    if (keyFile === '') throw new ConfigError('--api-tls-cert', 'needs --api-tls-key');
    const identity = {
      cert: reading('--api-tls-cert', () => readPublicFile(certFile)),
      key: reading('--api-tls-key', () => readPrivateFile(keyFile)),
    };
    try {
      createSecureContext(identity);
      return identity;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError('--api-tls-cert', `${certFile} and ${keyFile} make no identity (${reason})`);
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
