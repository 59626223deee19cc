import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** PEM texts of a certificate, its key, and the CA that signed it. */
export interface TestIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A certificate authority of its own for a test, made by openssl. */
export class TestCa {
  readonly folder = mkdtempSync(join(tmpdir(), 'tenantflow-ca-'));
  #made = 0;

  constructor() {
    const files = ['-keyout', this.#at('ca.key'), '-out', this.#at('ca.pem')];
    openssl('req', '-x509', ...EC, '-days', '2', '-subj', '/CN=a test CA', ...files);
  }

  /** An identity with this subject (`/CN=hv1`), signed by the CA for so many days, which may be over. */
  identity(subject: string, days = 2): TestIdentity {
    const name = String(++this.#made);
    const files = ['-keyout', this.#at(`${name}.key`), '-out', this.#at(`${name}.csr`)];
    openssl('req', ...EC, '-subj', subject, ...files);
    const by = [
      '-CA',
      this.#at('ca.pem'),
      '-CAkey',
      this.#at('ca.key'),
      '-CAcreateserial',
      '-days',
      `${days}`,
    ];
    openssl('x509', '-req', '-in', this.#at(`${name}.csr`), '-out', this.#at(`${name}.pem`), ...by);
    return { cert: this.#read(`${name}.pem`), key: this.#read(`${name}.key`), ca: this.#read('ca.pem') };
  }

  /** A list of revocations with this identity in it, PEM. */
  revoke({ cert }: TestIdentity): string {
    const [config, revoked, crl] = [this.#at('ca.cnf'), this.#at('revoked.pem'), this.#at('crl.pem')];
    const database = ['[ca]', 'default_ca = it', '[it]', `database = ${this.#at('index')}`];
    writeFileSync(config, [...database, 'default_md = sha256', 'default_crl_days = 2'].join('\n'));
    writeFileSync(this.#at('index'), '');
    writeFileSync(revoked, cert);
    const by = ['ca', '-config', config, '-cert', this.#at('ca.pem'), '-keyfile', this.#at('ca.key')];
    openssl(...by, '-revoke', revoked);
    openssl(...by, '-gencrl', '-out', crl);
    return this.#read('crl.pem');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #at(name: string): string {
    return join(this.folder, name);
  }

  #read(name: string): string {
    return readFileSync(this.#at(name), 'utf8');
  }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
