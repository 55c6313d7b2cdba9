// What a time token says, and of which text (RFC 3161), read as kiosk/proof does. Who signed it is not examined here.
"use strict";

(() => {
  const P = window.cguProof;

  const MAX_TOKEN = 32000;
  const SIGNED_DATA = "2a864886f70d010702";
  const TST_INFO = "2a864886f70d0109100104";
  const HASHES = {
    "608648016503040201": "SHA-256",
    "608648016503040202": "SHA-384",
    "608648016503040203": "SHA-512",
  };

  /** Returns the elements of `raw` (DER), each `{tag, content}`; lengths are definite and in their shortest form. */
  function elements(raw) {
    const found = [];
    for (let at = 0; at < raw.length;) {
      const [tag, first] = raw.slice(at, at + 2);
      P.must(
        first !== undefined && tag % 32 !== 31 && first !== 128 && first < 133,
        "DER: a tag and a length expected",
      );
      const digits = first < 128 ? [] : [...raw.slice(at + 2, at + 2 + first - 128)];
      const size = digits.reduce((sum, digit) => sum * 256 + digit, first < 128 ? first : 0);
      const start = at + 2 + digits.length;
      const shortest = first < 128 || (digits.length === first - 128 && digits[0] !== 0 && size > 127);
      P.must(shortest && start + size <= raw.length, "DER: an element that is cut or long for nothing");
      found.push({ tag, content: raw.slice(start, start + size) });
      at = start + size;
    }
    return found;
  }

  /** Returns the first elements of `raw`, whose tags must be `tags`. */
  function fields(raw, ...tags) {
    const found = elements(raw);
    P.must(
      tags.every((tag, at) => found[at]?.tag === tag),
      "DER: another element expected",
    );
    return found.map((one) => one.content);
  }

  const SEQUENCE = 0x30;

  /** Returns the text's hash, its algorithm, the instant and how far off it may be, that the token `raw` says. */
  function readToken(raw) {
    P.must(raw.length <= MAX_TOKEN, `time token: at most ${MAX_TOKEN} bytes expected`);
    const whole = elements(raw);
    P.must(whole.length === 1 && whole[0].tag === SEQUENCE, "time token: one element expected");
    const [type, wrapped] = fields(whole[0].content, 0x06, 0xa0);
    const [signed] = fields(wrapped, SEQUENCE);
    const [, , content] = fields(signed, 0x02, 0x31, SEQUENCE, 0xa0, 0x31);
    const [contentType, octets] = fields(content, 0x06, 0xa0);
    P.must(P.hex(type) === SIGNED_DATA && P.hex(contentType) === TST_INFO, "time token: another content expected");
    const [encoded] = fields(octets, 0x04);
    const [said] = fields(encoded, SEQUENCE);
    const [, , imprint, , time] = fields(said, 0x02, 0x06, SEQUENCE, 0x02, 0x18);
    const [algorithm, hash] = fields(imprint, SEQUENCE, 0x04);
    const hashedBy = HASHES[P.hex(fields(algorithm, 0x06)[0])];
    P.must(hashedBy, "time token: SHA-256, SHA-384 or SHA-512 expected");
    const accuracy = elements(said)[5];
    return {
      hashedBy,
      hash,
      at: generalizedTime(time),
      accuracy: accuracy?.tag === SEQUENCE ? microseconds(accuracy.content) : 0n,
    };
  }

  function generalizedTime(content) {
    const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/.exec(
      String.fromCharCode(...content),
    );
    P.must(found, "DER: a time like 20261122080000Z expected");
    const [, year, month, day, hour, minute, second, fraction = ""] = found;
    return P.instant(
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 6).padEnd(6, "0")}Z`,
    );
  }

  /** Returns an Accuracy in microseconds (RFC 3161, 2.4.2). */
  function microseconds(raw) {
    const units = new Map([
      [0x02, 1000000n],
      [0x80, 1000n],
      [0x81, 1n],
    ]);
    return elements(raw).reduce((sum, one) => {
      P.must(units.has(one.tag) && one.content.length > 0 && one.content.length < 5, "time token: accuracy");
      return sum + BigInt(`0x${P.hex(one.content)}`) * units.get(one.tag);
    }, 0n);
  }

  window.cguTokens = Object.freeze({ MAX_TOKEN, SEQUENCE, elements, readToken });
})();
