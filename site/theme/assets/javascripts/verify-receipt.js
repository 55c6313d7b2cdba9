// The files that a proof is read from: statements, receipts, tlog-proofs and trust files, as kiosk/proof reads them.
"use strict";

(() => {
  const {
    Refusal,
    must,
    encoder,
    isText,
    length,
    hex,
    same,
    sha256,
    decoded,
    fromBase64,
    parsedJSON,
    isObject,
    canonical,
    notTooDeep,
    HASH_BYTES,
    MAX_PATH,
    isSize,
    checkHashes,
    LEDGER,
    WITNESS,
    SPACE,
    MAX_NOTE,
    parseKey,
    parseNote,
    parseCheckpoint,
    instant,
    MAX_TOKEN,
    SEQUENCE,
    elements,
  } = window.cguProof;

  /* Statements: the members of each kind, as kiosk/proof/kinds.py has them (a test compares) */

  const DOCUMENT = {
    service: "text",
    terms: "text",
    version: "text",
    "label?": "text",
    text_hash: "hash",
    metadata_hash: "hash",
    origin: "=accession|publication",
    "published_at?": "instant",
    "effective_at?": "instant",
  };
  const CHECKPOINT = {
    size: "count",
    root: "hash",
    at: "instant",
    "token?": { size: "count", authority: "text", hash: "hash" },
  };
  const COMMON = {
    format: "text",
    kind: "text",
    environment: "=demonstration|publisher",
    id: "id",
    at: "instant",
  };
  const ENTERED = {
    document: DOCUMENT,
    dates: {
      "declared_on?": "text",
      "approved_on?": "text",
      "published_at?": "text",
      "effective_on?": "text",
      "required_on?": "text",
      "archived_on?": "text",
    },
    "reason?": "text",
    "checkpoint?": CHECKPOINT,
  };
  const MEMBERS = {
    decision: {
      subject: "id",
      decision: "=accepted|deferred|refused|renounced",
      document: DOCUMENT,
      wording: { box: "text", statements: ["text"], button: "text", language: "text" },
      named_without_text: ["text"],
      capacity: "=organisation|self",
      exposure: { shown_at: "instant", text: "=whole", "compared_with?": "text", "comparison_hash?": "hash" },
      authentication: { method: "text", at: "instant" },
      "previous?": "hash",
      screen: "hash",
      "checkpoint?": CHECKPOINT,
      retention: "text",
    },
    contestation: { subject: "id", about: "hash", "checkpoint?": CHECKPOINT },
    publication: ENTERED,
    accession: ENTERED,
    notification: {
      "subject?": "id",
      "about?": "hash",
      "document?": DOCUMENT,
      purpose: "text",
      channel: "text",
      mail_hash: "hash",
      state: "=handed|refused",
    },
    exposure: { day: "text", count: "count", digest: "hash" },
    erasure: { act: "=account|request|term", statements: ["hash"], "decided_by?": "text", "remedy?": "text" },
    sanction: { subject: "id", document: DOCUMENT, provision: "text", measure: "text", "until?": "instant" },
    "key-change": { old: "key", new: "key", reason: "=lost|routine|stolen", size: "count" },
    screens: { release: "text", screen: "hash", files: { "*": "hash" } },
    incident: { nature: "=clock|recovery", details: { "*": "text|integer" } },
  };
  const COMMITTED = {
    decision: ["account", "capacity_declaration", "email", "organisation_name", "profile", "siren", "siret"],
    contestation: ["account", "words"],
    notification: ["email"],
    sanction: ["account", "grounds"],
  };
  const FORMER_KINDS = ["accession", "decision", "publication"];
  const MAX_STATEMENT = 100000;

  const matches = (pattern) => async (value) => typeof value === "string" && pattern.test(value);
  const holds = (check) => async (value) => {
    try {
      await check(value);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  };
  const WORDS = {
    text: async (value) => typeof value === "string",
    hash: matches(/^[0-9a-f]{64}$/),
    id: matches(/^[0-9a-f]{32}$/),
    integer: async (value) => Number.isSafeInteger(value),
    count: async (value) => isSize(value),
    instant: holds(instant),
    key: holds((value) => parseKey(value, LEDGER)),
  };

  async function isOne(value, word) {
    if (word.startsWith("=")) return word.slice(1).split("|").includes(value);
    for (const one of word.split("|")) if (await WORDS[one](value)) return true;
    return false;
  }

  /** Refuses unless `value` has this shape; kinds.py says how one is written. */
  async function checkShape(value, shape, where) {
    if (typeof shape === "string") {
      must(await isOne(value, shape), `${where}: ${shape} expected`);
    } else if (Array.isArray(shape)) {
      must(Array.isArray(value), `${where}: a list expected`);
      for (const one of value) await checkShape(one, shape[0], where);
    } else {
      must(isObject(value), `${where}: an object expected`);
      const free = Object.hasOwn(shape, "*");
      const expected = free ? Object.keys(value) : Object.keys(shape).map((name) => name.replace(/\?$/, ""));
      must(sameNames(Object.keys(value), expected), `${where}: exactly ${expected.join(", ")} expected`);
      for (const name of free ? expected : Object.keys(shape)) {
        const found = value[free ? name : name.replace(/\?$/, "")];
        if (!free && found === null && name.endsWith("?")) continue;
        await checkShape(found, shape[free ? "*" : name], `${where}.${name}`);
      }
    }
  }

  const sameNames = (found, expected) => same([...found].sort(), [...expected].sort());

  /** Returns the members of the statement whose bytes are `body`, and its commitments. */
  async function parseStatement(body) {
    must(body.length <= MAX_STATEMENT, `statement: at most ${MAX_STATEMENT} bytes expected`);
    const text = decoded(body, "statement");
    const members = parsedJSON(text, "statement");
    must(
      notTooDeep(() => canonical(members), "statement") === text,
      "statement: JSON that is not in its canonical form",
    );
    must(isObject(members), "statement: an object expected");
    const { format, kind, commitments } = members;
    if (format === "cgu-statement/1") {
      must(FORMER_KINDS.includes(kind), "statement: unknown kind");
      const strings =
        commitments === undefined || (isObject(commitments) && Object.values(commitments).every(isText));
      must(strings, "statement: commitments must be an object of strings");
    } else {
      must(
        format === "cgu-statement/2" && typeof kind === "string" && Object.hasOwn(MEMBERS, kind),
        "statement: unknown kind",
      );
      const shape = { ...COMMON, ...MEMBERS[kind] };
      if (commitments !== undefined) {
        const names = Object.keys(isObject(commitments) ? commitments : {});
        must(
          names.length && names.every((name) => COMMITTED[kind]?.includes(name)),
          `${kind}.commitments: others expected`,
        );
        shape.commitments = { "*": "hash" };
      }
      await checkShape(members, shape, kind);
    }
    return { body, members, commitments: commitments ?? {}, hash: hex(await sha256(body)) };
  }

  /* Receipts: one form only, and the limits of kiosk/proof/receipt.py */

  const MAX_RECEIPT = 600000;
  const MAX_HINTS = 32;

  const text =
    (limit = 200) =>
    (value) => {
      must(
        typeof value === "string" && length(value) <= limit,
        `receipt: a text of at most ${limit} characters expected`,
      );
      return value;
    };
  const bytes = (limit) => (value) => {
    const found = fromBase64(text(Math.ceil(limit / 3) * 4)(value), "receipt");
    must(found.length <= limit, `receipt: at most ${limit} bytes expected`);
    return found;
  };
  const each = (limit, read) => (value) => {
    must(Array.isArray(value) && value.length <= limit, `receipt: a list of at most ${limit} expected`);
    return value.map(read);
  };
  const optional = (read) => (value) => (value === null ? null : read(value));
  const exactly = (shape) => (value) => {
    const names = Object.keys(shape);
    must(
      isObject(value) && same(Object.keys(value), names),
      `receipt: exactly ${names.join(", ")} expected, in this order`,
    );
    return Object.fromEntries(names.map((name) => [name, shape[name](value[name])]));
  };
  const matching = (pattern) => (value) => {
    must(pattern.test(text()(value)), "receipt: a field or a hash is not written as expected");
    return value;
  };
  const index = (value) => {
    must(isSize(value), "receipt: an index expected");
    return value;
  };
  const hash = (value) => {
    const found = bytes(HASH_BYTES)(value);
    checkHashes([found]);
    return found;
  };
  const salt = (value) => {
    const found = bytes(100)(value);
    must(found.length === 16, "receipt: a salt of 16 bytes expected");
    return found;
  };

  const path = each(MAX_PATH, hash);
  const note = text(MAX_NOTE);
  const token = exactly({ name: text(), token: bytes(MAX_TOKEN) });
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
      authorities: each(MAX_HINTS, exactly({ name: text(), certificate: bytes(MAX_TOKEN) })),
      witnesses: keyLines,
    }),
    sha256: matching(/^[0-9a-f]{64}$/),
  });

  /** Returns the receipt of the file `raw`, and the hash that its last member should be. */
  async function parseReceipt(raw) {
    must(raw.length <= MAX_RECEIPT, `receipt: at most ${MAX_RECEIPT} bytes expected`);
    const written = decoded(raw, "receipt");
    const value = parsedJSON(written, "receipt");
    const receipt = RECEIPT(value);
    must(`${JSON.stringify(value, null, 2)}\n` === written, "receipt: JSON that is not in its only form");
    must(
      (receipt.promise === null) !== (receipt.proof === null),
      "receipt: either a promise or a proof expected",
    );
    must(receipt.proof || !(receipt.tokens.length || receipt.earlier), "receipt: a token expects a proof");
    const named = receipt.disclosures.map((one) => one.field);
    must(
      same(named, [...new Set(named)].sort()),
      "receipt: disclosures sorted by field, each once, expected",
    );
    const { sha256: _, ...rest } = value;
    return { ...receipt, digest: hex(await sha256(encoder.encode(canonical(rest)))) };
  }

  /* Proofs alone (C2SP tlog-proof), whose extra data is the statement */

  const MAX_PROOF = 400000;
  const PROOF_FORMAT = "c2sp.org/tlog-proof@v1";

  function parseTlogProof(raw) {
    must(raw.length <= MAX_PROOF, `tlog-proof: at most ${MAX_PROOF} bytes expected`);
    const written = decoded(raw, "tlog-proof");
    const end = written.indexOf("\n\n");
    must(end >= 0, "tlog-proof: an empty line expected");
    const [format, ...lines] = written.slice(0, end).split("\n");
    must(format === PROOF_FORMAT, `tlog-proof: ${PROOF_FORMAT} expected`);
    const extra = lines[0]?.startsWith("extra ")
      ? fromBase64(lines.shift().slice(6), "tlog-proof extra data")
      : null;
    const found = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
    must(found && isSize(Number(found[1])), "tlog-proof: a line « index » and a whole number expected");
    must(lines.length <= MAX_PATH && extra?.length !== 0, "tlog-proof: too many hashes, or empty extra data");
    const hashes = lines.map((line) => fromBase64(line, "tlog-proof hash"));
    checkHashes(hashes);
    const checkpoint = written.slice(end + 2);
    parseCheckpoint(parseNote(checkpoint).text);
    return { extra, index: Number(found[1]), path: hashes, checkpoint };
  }

  /* Trust files */

  class TrustError extends Error {
    constructor(line, message) {
      super(message);
      this.name = "TrustError";
      this.line = line;
    }
  }

  /** Returns whom the trust file `written` says to trust; throws a `TrustError` that names the line. */
  async function parseTrust(written) {
    const trust = { ledger: [], witnesses: [], quorum: 0, authorities: new Set(), revoked: new Set() };
    for (const [at, line] of written.split("\n").entries()) {
      const words = line.split(new RegExp(`[${SPACE}]+`, "u")).filter(Boolean);
      if (!words.length || words[0].startsWith("#")) continue;
      try {
        await takeTrust(trust, words.length === 1 ? ["ledger", ...words] : words);
      } catch (error) {
        throw error instanceof Refusal ? new TrustError(at + 1, error.message) : error;
      }
    }
    if (trust.quorum > new Set(trust.witnesses.map((key) => hex(key.bytes))).size) {
      throw new TrustError(written.split("\n").length, "a quorum of as many witnesses expected");
    }
    return trust;
  }

  async function takeTrust(trust, [word, ...values]) {
    const [value, other] = values;
    const count = { ledger: 1, witness: 1, quorum: 1, authority: 2, revoked: 2 };
    must(Object.hasOwn(count, word) && values.length === count[word], "trust: another line expected");
    if (word === "ledger") {
      trust.ledger.push(await parseKey(value, LEDGER));
    } else if (word === "witness") {
      trust.witnesses.push(await parseKey(value, WITNESS));
    } else if (word === "quorum") {
      must(!trust.quorum && /^[1-9][0-9]?$/.test(value), "trust: one number expected");
      trust.quorum = Number(value);
    } else if (word === "authority") {
      must(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value) && !trust.authorities.has(value),
        "trust: a name, once, expected",
      );
      const certificate = elements(fromBase64(other, "certificate"));
      must(certificate.length === 1 && certificate[0].tag === SEQUENCE, "trust: a certificate expected");
      trust.authorities.add(value);
    } else {
      must(/^[^+]+\+[0-9a-f]{8}$/.test(value) && !trust.revoked.has(value), "trust: name+id, once, expected");
      must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(other), "trust: an instant expected");
      instant(other.replace("Z", ".000000Z"));
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
