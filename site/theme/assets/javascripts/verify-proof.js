// What a proof is made of, read and checked as kiosk/proof does: canonical JSON, tree, signed notes, instants.
// Sizes and indexes are whole numbers up to 2^53 - 1: no operator here cuts a number to 32 bits.
"use strict";

(() => {
  /* Refusals: `reason` is the name that the error has in kiosk/proof/errors.py. */

  class Refusal extends Error {
    constructor(reason, message, step = null) {
      super(message);
      this.reason = reason;
      this.step = step;
    }
  }
  const malformed = (message) => new Refusal("MalformedError", message);
  const altered = (message) => new Refusal("AlteredError", message);
  const unknownKey = (message) => new Refusal("UnknownKeyError", message);
  const must = (condition, message) => {
    if (!condition) throw malformed(message);
  };

  /* Bytes and text */

  const encoder = new TextEncoder();
  const isText = (value) => typeof value === "string" && !/\p{Surrogate}/u.test(value);
  const length = (text) => [...text].length; // in characters, not in UTF-16 units
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  function decoded(bytes, what) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw malformed(`${what}: not UTF-8`);
    }
  }

  function base64(bytes) {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary);
  }

  /** Returns what `text` encodes; refuses base64 that is not in its only form. */
  function fromBase64(text, what) {
    must(
      isText(text) && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
      `${what}: base64 expected`,
    );
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    must(base64(bytes) === text, `${what}: base64 that is not in its only form`);
    return bytes;
  }

  /* JSON in its only form */

  function parsedJSON(text, what) {
    try {
      return JSON.parse(text);
    } catch {
      throw malformed(`${what}: not JSON`);
    }
  }

  /** Calls `read`, which goes as deep as what it reads; what is too deep is refused. */
  function notTooDeep(read, what) {
    try {
      return read();
    } catch (error) {
      throw error instanceof RangeError ? malformed(`${what}: too deep`) : error;
    }
  }

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  /** Returns the canonical JSON of `value` (RFC 8785): members by UTF-16 units, numbers as ECMAScript writes them. */
  function canonical(value) {
    if (typeof value === "number") {
      const exact = !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;
      must(exact, "a whole number that JSON does not hold exactly");
    }
    if (typeof value === "string") must(isText(value), "a character that cannot be written in UTF-8");
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
  }

  /* Tree of hashes (RFC 9162, 2.1) */

  const HASH_BYTES = 32;
  const MAX_PATH = 54;
  const half = (number) => Math.floor(number / 2);
  const isOdd = (number) => number % 2 === 1;
  const leafHash = (data) => sha256(joined([0], data));
  const nodeHash = (left, right) => sha256(joined([1], left, right));
  const isSize = (value) => Number.isSafeInteger(value) && value >= 0;
  const checkHashes = (hashes) =>
    must(
      hashes.every((one) => one.length === HASH_BYTES),
      "a hash is 32 bytes",
    );

  /** Refuses unless `path` proves the leaf of hash `leaf` at `index` of a tree of `size` leaves (2.1.3.2). */
  async function verifyInclusion(leaf, index, size, path, root) {
    must(isSize(size) && isSize(index), "inclusion: a whole number from 0 expected");
    checkHashes([leaf, ...path, root]);
    if (index >= size) throw altered(`inclusion: leaf ${index} is not in a tree of ${size} leaves`);
    let [node, last, found] = [index, size - 1, leaf];
    for (const sibling of path) {
      if (last === 0) throw altered("inclusion: the path is longer than the tree is high");
      if (isOdd(node) || node === last) {
        found = await nodeHash(sibling, found);
        while (!isOdd(node) && node) [node, last] = [half(node), half(last)];
      } else {
        found = await nodeHash(found, sibling);
      }
      [node, last] = [half(node), half(last)];
    }
    if (last) throw altered("inclusion: the path is shorter than the tree is high");
    if (!same(found, root)) throw altered("inclusion: the path leads to another root");
  }

  /** Refuses unless `path` proves that the tree of `size` leaves begins with that of `old` (2.1.4.2). */
  async function verifyConsistency(old, oldRoot, size, root, path) {
    must(isSize(old) && isSize(size), "consistency: a whole number from 0 expected");
    checkHashes([oldRoot, root, ...path]);
    if (old > size) throw altered("consistency: a tree never shrinks");
    if (old === size && !same(oldRoot, root)) throw altered("consistency: two trees of one size");
    if (old === 0 && !same(oldRoot, await sha256(new Uint8Array())))
      throw altered("consistency: no empty tree");
    if (old === 0 || old === size) {
      if (path.length) throw altered("consistency: no path is needed between these trees");
      return;
    }
    let [node, last] = [old - 1, size - 1];
    while (isOdd(node)) [node, last] = [half(node), half(last)];
    const hashes = node === 0 ? [oldRoot, ...path] : [...path]; // 0: the old tree is complete
    if (!hashes.length) throw altered("consistency: the path is empty");
    let [foundOld, foundNew] = [hashes[0], hashes[0]];
    for (const sibling of hashes.slice(1)) {
      if (last === 0) throw altered("consistency: the path is longer than the tree is high");
      if (isOdd(node) || node === last) {
        [foundOld, foundNew] = [await nodeHash(sibling, foundOld), await nodeHash(sibling, foundNew)];
        while (!isOdd(node) && node) [node, last] = [half(node), half(last)];
      } else {
        foundNew = await nodeHash(foundNew, sibling);
      }
      [node, last] = [half(node), half(last)];
    }
    if (last) throw altered("consistency: the path is shorter than the tree is high");
    if (!same(foundOld, oldRoot))
      throw altered("consistency: the path leads to another root of the first tree");
    if (!same(foundNew, root))
      throw altered("consistency: the path leads to another root of the second tree");
  }

  /* Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) */

  const LEDGER = 1; // types of signature
  const WITNESS = 4;
  const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const SIGNATURE = new RegExp(`^— ([^${SPACE}]+) ([A-Za-z0-9+/]+={0,2})$`, "u");
  const VERIFIER_KEY = new RegExp(`^([^${SPACE}+]+)\\+([0-9a-f]{8})\\+([A-Za-z0-9+/]+={0,2})$`, "u");
  const NAME = new RegExp(`^[^${SPACE}+\\x00-\\x1f]+$`, "u");
  const CONTROL = /[\x00-\x09\x0b-\x1f]/;
  const MAX_NOTE = 20000;
  const MAX_SIGNATURES = 16;

  const checkName = (name) =>
    must(isText(name) && NAME.test(name), "key name: empty, or with a space or a plus sign");
  const keyId = async (name, type, key) =>
    hex((await sha256(joined(encoder.encode(`${name}\n`), [type], key))).slice(0, 4));

  /** Returns the key written `line`, of one of `types`: ledgers' (1) or witnesses' (4). */
  async function parseKey(line, type) {
    const found = isText(line) && length(line) <= 1000 ? VERIFIER_KEY.exec(line) : null;
    must(found, "verifier key: name+hash+base64 expected");
    const value = fromBase64(found[3], "verifier key");
    must(value[0] === type, `verifier key: an Ed25519 key of type ${type} expected`);
    checkName(found[1]);
    must(value.length === HASH_BYTES + 1, "verifier key: 32 bytes expected");
    const key = { name: found[1], id: found[2], bytes: value.slice(1), line };
    must(
      (await keyId(key.name, type, key.bytes)) === key.id,
      `verifier key ${key.name}: its hash does not match`,
    );
    return key;
  }

  function parseNote(raw) {
    must(isText(raw) && length(raw) <= MAX_NOTE, `note: at most ${MAX_NOTE} characters expected`);
    const end = raw.lastIndexOf("\n\n");
    must(
      end >= 0 && raw.endsWith("\n") && raw.length > end + 2,
      "note: a text, an empty line and signatures expected",
    );
    const text = raw.slice(0, end + 1);
    must(!CONTROL.test(text), "note: a control character");
    const signatures = raw
      .slice(end + 2, -1)
      .split("\n")
      .map((line) => {
        const found = SIGNATURE.exec(line);
        must(found, "note: a signature line is « — name base64 »");
        checkName(found[1]);
        const value = fromBase64(found[2], "note signature");
        must(value.length > 4, "note: a key id and a signature expected");
        return { name: found[1], id: hex(value.slice(0, 4)), value: value.slice(4) };
      });
    must(signatures.length <= MAX_SIGNATURES, `note: at most ${MAX_SIGNATURES} signatures expected`);
    return { text, signatures };
  }

  async function signedBy(key, signature, message) {
    try {
      const imported = await crypto.subtle.importKey("raw", key.bytes, "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", imported, signature, encoder.encode(message));
    } catch (error) {
      if (error.name === "NotSupportedError") throw error;
      return false; // a key that is no point of the curve
    }
  }

  /** The lines of a note that `keys` made, each with its key. */
  function madeBy(keys, note) {
    const pairs = note.signatures.map((line) => [
      line,
      keys.find((key) => key.name === line.name && key.id === line.id),
    ]);
    return pairs.filter(([, key]) => key);
  }

  /** Refuses unless a key of `trusted` signed the text, and every signature of such a key holds. Returns those keys. */
  async function verifyNote(note, trusted) {
    const known = madeBy(trusted, note);
    for (const [line, key] of known) {
      if (!(await signedBy(key, line.value, note.text)))
        throw altered(`the signature of ${key.name} is not that of this text`);
    }
    if (!known.length) throw unknownKey(`signed by ${note.signatures.map((line) => line.name).join(", ")}`);
    return known.map(([, key]) => key);
  }

  function parseCheckpoint(text) {
    const found = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/u.exec(text);
    must(found, "checkpoint: three lines expected, origin, size and root");
    checkName(found[1]);
    const [size, root] = [Number(found[2]), fromBase64(found[3], "checkpoint root")];
    must(isSize(size), "checkpoint: too many leaves");
    must(size || base64(root) === EMPTY_ROOT, "checkpoint: a tree without leaves has another root");
    return { origin: found[1], size, root, text };
  }
  const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

  /** Returns the checkpoint of the note `raw`, once a trusted key of its origin signed it, and those keys. */
  async function openCheckpoint(raw, trusted) {
    const note = parseNote(raw);
    const checkpoint = parseCheckpoint(note.text);
    const signers = await verifyNote(
      note,
      trusted.filter((key) => key.name === checkpoint.origin),
    );
    return { ...checkpoint, note, signers };
  }

  /** Refuses unless `quorum` of `witnesses` saw the checkpoint of `note`; a wrong line of one of them is refused. */
  async function verifyWitnesses(note, witnesses, quorum) {
    parseCheckpoint(note.text);
    const found = new Set();
    for (const [line, key] of madeBy(witnesses, note)) {
      must(line.value.length === 72, `cosignature of ${key.name}: a time and an Ed25519 signature expected`);
      const seconds = BigInt(`0x${hex(line.value.slice(0, 8))}`);
      const message = `cosignature/v1\ntime ${seconds}\n${note.text}`;
      if (!(await signedBy(key, line.value.slice(8), message)))
        throw altered(`the cosignature of ${key.name} is of another checkpoint`);
      must(seconds < 253402300800n, `cosignature of ${key.name}: its time is out of range`);
      found.add(key.name);
    }
    const keys = new Set(witnesses.filter((key) => found.has(key.name)).map((key) => hex(key.bytes)));
    const seen = Math.min(found.size, keys.size);
    if (seen < quorum) throw new Refusal("WitnessError", `${quorum} witnesses expected, ${seen} found`);
  }

  /* Instants, in microseconds since 1970 */

  function instant(text) {
    must(typeof text === "string", "an instant expected");
    const found = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/.exec(text);
    const whole = found ? Date.parse(`${found[1]}Z`) : NaN;
    must(
      !Number.isNaN(whole) && new Date(whole).toISOString().startsWith(found[1]),
      "an instant in UTC expected",
    );
    return BigInt(whole) * 1000n + BigInt(found[2]);
  }

  window.cguProof = Object.freeze({
    Refusal,
    altered,
    unknownKey,
    must,
    encoder,
    isText,
    length,
    hex,
    same,
    sha256,
    joined,
    decoded,
    fromBase64,
    parsedJSON,
    isObject,
    canonical,
    notTooDeep,
    HASH_BYTES,
    MAX_PATH,
    isSize,
    leafHash,
    checkHashes,
    verifyInclusion,
    verifyConsistency,
    LEDGER,
    WITNESS,
    SPACE,
    MAX_NOTE,
    parseKey,
    parseNote,
    verifyNote,
    parseCheckpoint,
    openCheckpoint,
    verifyWitnesses,
    instant,
  });
})();
