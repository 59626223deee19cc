import { createSecureContext } from 'node:tls';
import { type DialTarget, targetText } from '#controller/dialling/target';
import type { DoorIdentity } from '#controller/door/door';
import type { Origin } from '#controller/door/origin';
import { type Admit, readAllowList } from '#controller/inventory/admission/allow-list';
import { ConfigError } from './config.ts';
import { reading, readPrivateFile, readPublicFile } from './private-file.ts';
import type { Settings } from './settings.ts';

const FLAGS = ['switch-tls-cert', 'switch-tls-key', 'switch-tls-ca'] as const;

/** Which hypervisors may take part, and how they are talked to, as the operator has it in files that may change. */
export class SwitchAccess {
  readonly #settings: Settings;
  #identity: DoorIdentity | undefined;
  #admit: Admit = () => undefined;

  /** Throws ConfigError for files that cannot be used. */
  constructor(settings: Settings) {
    this.#settings = settings;
    this.reload();
    if (settings['require-tls'] && this.#identity === undefined)
      throw new ConfigError('--require-tls', `needs ${FLAGS.map((name) => `--${name}`).join(', ')}`);
    for (const target of settings.dial) this.#checkDialled(target);
  }

  /** Absent when TLS is not configured. */
  get identity(): DoorIdentity | undefined {
    return this.#identity;
  }

  readonly admit: Admit = (systemId: string, origin: Origin, hostname?: string) =>
    this.#admit(systemId, origin, hostname);

  /** Reads the files again. Throws ConfigError, and then all stays as it was. */
  reload(): void {
    const identity = this.#readIdentity();
    this.#admit = this.#readList();
    this.#identity = identity;
  }

  #checkDialled(target: DialTarget): void {
    const isPlain = target.transport === 'tcp';
    if (isPlain && this.#settings['require-tls'])
      throw new ConfigError(
        '--dial',
        `${targetText(target)} would be called without TLS, against --require-tls`,
      );
    if (!isPlain && this.#identity === undefined)
      throw new ConfigError(
        '--dial',
        `${targetText(target)} needs ${FLAGS.map((name) => `--${name}`).join(', ')}`,
      );
  }

  #readIdentity(): DoorIdentity | undefined {
    const { 'switch-tls-cert': cert, 'switch-tls-key': key, 'switch-tls-ca': ca } = this.#settings;
    const { 'switch-tls-crl': crl } = this.#settings;
    const given = [...FLAGS, 'switch-tls-crl' as const].find((name) => this.#settings[name] !== '');
    if (given === undefined) return undefined;
    const missing = FLAGS.find((name) => this.#settings[name] === '');
    if (missing !== undefined) throw new ConfigError(`--${given}`, `needs --${missing}`);
    const identity = {
      cert: reading('--switch-tls-cert', () => readPublicFile(cert)),
      key: reading('--switch-tls-key', () => readPrivateFile(key)),
      ca: reading('--switch-tls-ca', () => readPublicFile(ca)),
      ...(crl !== '' && { crl: reading('--switch-tls-crl', () => readPublicFile(crl)) }),
    };
    try {
      createSecureContext(identity);
      return identity;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError(
        '--switch-tls-cert',
        `${[cert, key, ca, crl].filter((file) => file !== '').join(', ')} cannot be used together (${reason})`,
      );
    }
  }

  #readList(): Admit {
    const file = this.#settings.hypervisors;
    if (file === '') return () => undefined;
    return reading('--hypervisors', () => {
      const text = readPublicFile(file);
      try {
        return readAllowList(text);
      } catch (error) {
        if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`);
        throw error;
      }
    });
  }
}
