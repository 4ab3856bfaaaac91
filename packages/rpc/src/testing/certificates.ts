// A certificate authority for tests: real certificates, in files, made when they are needed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Issue {
  /** Hosts that it is for; by default the loopback addresses and localhost. */
  readonly hosts?: readonly string[];
  /** When it stops being valid; by default tomorrow. */
  readonly until?: Date;
}

export interface Authority extends AsyncDisposable {
  /** Makes a certificate, good for servers and clients, or replaces the one of that name. */
  issue(name: string, options?: Issue): Promise<CertificateFiles>;
}

const dayMs = 86_400_000;
const ec = { keyType: 'ec', algorithm: 'sha256' } as const;

/** Its files are gone when it is disposed of. */
export async function createAuthority(name = 'test CA'): Promise<Authority> {
  const directory = await mkdtemp(join(tmpdir(), 'pilotlight-ca-'));
  const own = await generate([{ name: 'commonName', value: name }], {
    ...ec,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const write = async (file: string, text: string) => {
    const path = join(directory, file);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const ca = await write('ca.pem', own.cert);
  return {
    async issue(subject, { hosts = ['127.0.0.1', '::1', 'localhost'], until } = {}) {
      const made = await generate([{ name: 'commonName', value: subject }], {
        ...ec,
        ca: { key: own.private, cert: own.cert },
        notBeforeDate: new Date(Date.now() - 2 * dayMs),
        notAfterDate: until ?? new Date(Date.now() + dayMs),
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          { name: 'subjectAltName', altNames: hosts.map(altName) },
        ],
      });
      const key = await write(`${subject}.key`, made.private);
      return { ca, key, cert: await write(`${subject}.pem`, made.cert) };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

function altName(host: string) {
  return /^[0-9.]+$|:/.test(host)
    ? ({ type: 7, ip: host } as const)
    : ({ type: 2, value: host } as const);
}
