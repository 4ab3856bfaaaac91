// Answers that are kept may hold secrets, such as a new API key: they are sealed with what only the caller
// has, its own key, so that who reads the bucket reads none of it.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** As base64 of nonce, tag and ciphertext. `seal`: any secret text. */
export function sealAnswer(seal: string, answer: object): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOf(seal), nonce);
  const sealed = [cipher.update(JSON.stringify(answer)), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64');
}

/** Throws where the seal is another or the text was changed. */
export function openAnswer<Answer>(seal: string, text: string): Answer {
  const all = Buffer.from(text, 'base64');
  const nonce = all.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, keyOf(seal), nonce);
  decipher.setAuthTag(all.subarray(nonceBytes, nonceBytes + tagBytes));
  const opened = [decipher.update(all.subarray(nonceBytes + tagBytes)), decipher.final()];
  return JSON.parse(Buffer.concat(opened).toString());
}

function keyOf(seal: string): Buffer {
  return createHash('sha256').update(`pilotlight answers\n${seal}`).digest();
}
