/** No letter that is heard or read as another one. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP = 4;
const MINIMUM = 12;
const DIFFERENT = 5;

/** Make a passphrase to be read out on the phone: 79 bits, for five tries. */
export function newPassphrase(random: (into: Uint8Array<ArrayBuffer>) => Uint8Array = (into) => crypto.getRandomValues(into)): string {
  const letters: string[] = [];
  while (letters.length < GROUPS * GROUP) {
    for (const byte of random(new Uint8Array(GROUPS * GROUP))) {
      // A byte beyond the last whole round would make the first letters likelier than the others.
      if (byte < 256 - (256 % LETTERS.length) && letters.length < GROUPS * GROUP) letters.push(LETTERS.charAt(byte % LETTERS.length));
    }
  }
  return letters.join("").replace(/.{4}(?=.)/g, "$&-");
}

/** Give what is wrong with a passphrase that somebody chose; null for a good one. The API says the same. */
export function passphraseFault(passphrase: string): string | null {
  if (passphrase.length < MINIMUM) return `It needs at least ${MINIMUM} characters.`;
  return new Set(passphrase).size < DIFFERENT ? `It needs at least ${DIFFERENT} different characters: this one is easily guessed.` : null;
}
