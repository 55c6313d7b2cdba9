// The files that a proof is read from: statements, receipts, tlog-proofs and trust files, as kiosk/proof reads them.
"use strict";

(() => {
  const P = window.cguProof;
  const T = window.cguTokens;
  const { COMMON, MEMBERS, OPTIONAL, COMMITTED } = window.cguKinds;
  const FORMER_KINDS = ["accession", "decision", "publication"];
  const MAX_STATEMENT = 100000;

  const matches = (pattern) => async (value) => typeof value === "string" && pattern.test(value);
  const holds = (check) => async (value) => {
    try {
      await check(value);
      return true;
    } catch (error) {
      if (error instanceof P.Refusal) return false;
      throw error;
    }
  };
  const WORDS = {
    text: async (value) => typeof value === "string",
    hash: matches(/^[0-9a-f]{64}$/),
    id: matches(/^[0-9a-f]{32}$/),
    integer: async (value) => Number.isSafeInteger(value),
    count: async (value) => P.isSize(value),
    instant: holds(P.instant),
    key: holds((value) => P.parseKey(value, P.LEDGER)),
  };

  async function isOne(value, word) {
    if (word.startsWith("=")) return word.slice(1).split("|").includes(value);
    for (const one of word.split("|")) if (await WORDS[one](value)) return true;
    return false;
  }

  /** Refuses unless `value` has this shape; kinds.py says how one is written. */
  async function checkShape(value, shape, where) {
    if (typeof shape === "string") {
      P.must(await isOne(value, shape), `${where}: ${shape} expected`);
    } else if (Array.isArray(shape)) {
      P.must(Array.isArray(value), `${where}: a list expected`);
      for (const one of value) await checkShape(one, shape[0], where);
    } else {
      P.must(P.isObject(value), `${where}: an object expected`);
      const free = Object.hasOwn(shape, "*");
      const expected = free ? Object.keys(value) : Object.keys(shape).map((name) => name.replace(/\?$/, ""));
      P.must(sameNames(Object.keys(value), expected), `${where}: exactly ${expected.join(", ")} expected`);
      for (const name of free ? expected : Object.keys(shape)) {
        const found = value[free ? name : name.replace(/\?$/, "")];
        if (!free && found === null && name.endsWith("?")) continue;
        await checkShape(found, shape[free ? "*" : name], `${where}.${name}`);
      }
    }
  }

  const sameNames = (found, expected) => P.same([...found].sort(), [...expected].sort());

  /** Returns the members of the statement whose bytes are `body`, and its commitments. */
  async function parseStatement(body) {
    P.must(body.length <= MAX_STATEMENT, `statement: at most ${MAX_STATEMENT} bytes expected`);
    const text = P.decoded(body, "statement");
    const members = P.parsedJSON(text, "statement");
    P.must(
      P.notTooDeep(() => P.canonical(members), "statement") === text,
      "statement: JSON that is not in its canonical form",
    );
    P.must(P.isObject(members), "statement: an object expected");
    const { format, kind, commitments } = members;
    if (format === "cgu-statement/1") {
      P.must(FORMER_KINDS.includes(kind), "statement: unknown kind");
      const strings =
        commitments === undefined || (P.isObject(commitments) && Object.values(commitments).every(P.isText));
      P.must(strings, "statement: commitments must be an object of strings");
    } else {
      P.must(
        format === "cgu-statement/2" && typeof kind === "string" && Object.hasOwn(MEMBERS, kind),
        "statement: unknown kind",
      );
      const shape = { ...COMMON, ...MEMBERS[kind] };
      for (const [name, many] of Object.entries(OPTIONAL[kind] ?? {})) {
        if (members[name] === undefined) continue;
        P.must(members[name]?.length !== 0, `${kind}.${name}: absent rather than empty`);
        shape[name] = many;
      }
      if (commitments !== undefined) {
        const names = Object.keys(P.isObject(commitments) ? commitments : {});
        P.must(
          names.length && names.every((name) => COMMITTED[kind]?.includes(name)),
          `${kind}.commitments: others expected`,
        );
        shape.commitments = { "*": "hash" };
      }
      await checkShape(members, shape, kind);
    }
    return { body, members, commitments: commitments ?? {}, hash: P.hex(await P.sha256(body)) };
  }

  /* Receipts: one form only, and the limits of kiosk/proof/receipt.py */

  const MAX_RECEIPT = 600000;
  const MAX_HINTS = 32;

  const text =
    (limit = 200) =>
    (value) => {
      P.must(
        typeof value === "string" && P.length(value) <= limit,
        `receipt: a text of at most ${limit} characters expected`,
      );
      return value;
    };
  const bytes = (limit) => (value) => {
    const found = P.fromBase64(text(Math.ceil(limit / 3) * 4)(value), "receipt");
    P.must(found.length <= limit, `receipt: at most ${limit} bytes expected`);
    return found;
  };
  const each = (limit, read) => (value) => {
    P.must(Array.isArray(value) && value.length <= limit, `receipt: a list of at most ${limit} expected`);
    return value.map(read);
  };
  const optional = (read) => (value) => (value === null ? null : read(value));
  const exactly = (shape) => (value) => {
    const names = Object.keys(shape);
    P.must(
      P.isObject(value) && P.same(Object.keys(value), names),
      `receipt: exactly ${names.join(", ")} expected, in this order`,
    );
    return Object.fromEntries(names.map((name) => [name, shape[name](value[name])]));
  };
  const matching = (pattern) => (value) => {
    P.must(pattern.test(text()(value)), "receipt: a field or a hash is not written as expected");
    return value;
  };
  const index = (value) => {
    P.must(P.isSize(value), "receipt: an index expected");
    return value;
  };
  const hash = (value) => {
    const found = bytes(P.HASH_BYTES)(value);
    P.checkHashes([found]);
    return found;
  };
  const salt = (value) => {
    const found = bytes(100)(value);
    P.must(found.length === 16, "receipt: a salt of 16 bytes expected");
    return found;
  };

  const path = each(P.MAX_PATH, hash);
  const note = text(P.MAX_NOTE);
  const token = exactly({ name: text(), token: bytes(T.MAX_TOKEN) });
  const tokens = each(8, token);
  const keyLines = each(MAX_HINTS, text(1000));
  const RECEIPT = exactly({
    format: matching(/^cgu-receipt\/2$/),
    statement: bytes(MAX_STATEMENT),
    disclosures: each(50, exactly({ field: matching(/^[a-z][a-z0-9_]{0,63}$/), salt, value: text(1000) })),
    promise: optional(note),
    proof: optional(exactly({ index, path, checkpoint: note })),
    tokens,
    earlier: optional(exactly({ checkpoint: note, consistency: path, token })),
    keys: exactly({
      ledger: keyLines,
      changes: each(MAX_HINTS, exactly({ statement: bytes(MAX_STATEMENT), index, path, checkpoint: note })),
      authorities: each(MAX_HINTS, exactly({ name: text(), certificate: bytes(T.MAX_TOKEN) })),
      witnesses: keyLines,
    }),
    sha256: matching(/^[0-9a-f]{64}$/),
  });

  /** Returns the receipt of the file `raw`, and the hash that its last member should be. */
  async function parseReceipt(raw) {
    P.must(raw.length <= MAX_RECEIPT, `receipt: at most ${MAX_RECEIPT} bytes expected`);
    const written = P.decoded(raw, "receipt");
    const value = P.parsedJSON(written, "receipt");
    const receipt = RECEIPT(value);
    P.must(`${JSON.stringify(value, null, 2)}\n` === written, "receipt: JSON that is not in its only form");
    P.must(
      (receipt.promise === null) !== (receipt.proof === null),
      "receipt: either a promise or a proof expected",
    );
    P.must(receipt.proof || !(receipt.tokens.length || receipt.earlier), "receipt: a token expects a proof");
    const named = receipt.disclosures.map((one) => one.field);
    P.must(
      P.same(named, [...new Set(named)].sort()),
      "receipt: disclosures sorted by field, each once, expected",
    );
    const { sha256: _, ...rest } = value;
    return { ...receipt, digest: P.hex(await P.sha256(P.encoder.encode(P.canonical(rest)))) };
  }

  /* Proofs alone (C2SP tlog-proof), whose extra data is the statement */

  const MAX_PROOF = 400000;
  const PROOF_FORMAT = "c2sp.org/tlog-proof@v1";

  function parseTlogProof(raw) {
    P.must(raw.length <= MAX_PROOF, `tlog-proof: at most ${MAX_PROOF} bytes expected`);
    const written = P.decoded(raw, "tlog-proof");
    const end = written.indexOf("\n\n");
    P.must(end >= 0, "tlog-proof: an empty line expected");
    const [format, ...lines] = written.slice(0, end).split("\n");
    P.must(format === PROOF_FORMAT, `tlog-proof: ${PROOF_FORMAT} expected`);
    const extra = lines[0]?.startsWith("extra ")
      ? P.fromBase64(lines.shift().slice(6), "tlog-proof extra data")
      : null;
    const found = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
    P.must(found && P.isSize(Number(found[1])), "tlog-proof: a line « index » and a whole number expected");
    P.must(lines.length <= P.MAX_PATH && extra?.length !== 0, "tlog-proof: too many hashes, or empty extra data");
    const hashes = lines.map((line) => P.fromBase64(line, "tlog-proof hash"));
    P.checkHashes(hashes);
    const checkpoint = written.slice(end + 2);
    P.parseCheckpoint(P.parseNote(checkpoint).text);
    return { extra, index: Number(found[1]), path: hashes, checkpoint };
  }

  /* Trust files */

  const MAX_TRUST = 100000;

  class TrustError extends Error {
    constructor(line, message) {
      super(message);
      this.name = "TrustError";
      this.line = line;
    }
  }

  /** Returns whom the trust file `written` says to trust; throws a `TrustError`, which names the line unless it is too long. */
  async function parseTrust(written) {
    if (P.length(written) > MAX_TRUST)
      throw new TrustError(null, `trust: at most ${MAX_TRUST} characters expected`);
    const trust = {
      ledger: [],
      witnesses: [],
      quorum: 0,
      authority: new Set(),
      seal: new Set(),
      revoked: new Set(),
    };
    for (const [at, line] of written.split("\n").entries()) {
      const words = line.split(new RegExp(`[${P.SPACE}]+`, "u")).filter(Boolean);
      if (!words.length || words[0].startsWith("#")) continue;
      try {
        await takeTrust(trust, words.length === 1 ? ["ledger", ...words] : words);
      } catch (error) {
        throw error instanceof P.Refusal ? new TrustError(at + 1, error.message) : error;
      }
    }
    if (trust.quorum > new Set(trust.witnesses.map((key) => P.hex(key.bytes))).size) {
      throw new TrustError(written.split("\n").length, "a quorum of as many witnesses expected");
    }
    return trust;
  }

  async function takeTrust(trust, [word, ...values]) {
    const [value, other] = values;
    const count = { ledger: 1, witness: 1, quorum: 1, authority: 2, seal: 2, revoked: 2 };
    P.must(Object.hasOwn(count, word) && values.length === count[word], "trust: another line expected");
    if (word === "ledger") {
      trust.ledger.push(await P.parseKey(value, P.LEDGER));
    } else if (word === "witness") {
      trust.witnesses.push(await P.parseKey(value, P.WITNESS));
    } else if (word === "quorum") {
      P.must(!trust.quorum && /^[1-9][0-9]?$/.test(value), "trust: one number expected");
      trust.quorum = Number(value);
    } else if (word === "authority" || word === "seal") {
      P.must(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value) && !trust[word].has(value),
        "trust: a name, once, expected",
      );
      const certificate = T.elements(P.fromBase64(other, "certificate"));
      P.must(certificate.length === 1 && certificate[0].tag === T.SEQUENCE, "trust: a certificate expected");
      trust[word].add(value);
    } else {
      P.must(/^[^+]+\+[0-9a-f]{8}$/.test(value) && !trust.revoked.has(value), "trust: name+id, once, expected");
      P.must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(other), "trust: an instant expected");
      P.instant(other.replace("Z", ".000000Z"));
      trust.revoked.add(value);
    }
  }

  window.cguFiles = Object.freeze({
    COMMON,
    COMMITTED,
    MEMBERS,
    PROOF_FORMAT,
    parseReceipt,
    parseStatement,
    parseTlogProof,
    parseTrust,
  });
})();
