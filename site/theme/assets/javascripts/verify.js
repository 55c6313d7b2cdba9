// Verifies a receipt in the browser, as `cgu-verify` does: the same steps and verdicts (kiosk/proof/README.md).
// It asks nobody anything, keeps nothing, and shows nothing: verify-page.js does.
"use strict";

(() => {
  const {
    Refusal,
    altered,
    unknownKey,
    must,
    encoder,
    hex,
    same,
    sha256,
    joined,
    isObject,
    leafHash,
    verifyInclusion,
    verifyConsistency,
    LEDGER,
    parseKey,
    parseNote,
    verifyNote,
    parseCheckpoint,
    openCheckpoint,
    verifyWitnesses,
    instant,
    readToken,
  } = window.cguProof;
  const { PROOF_FORMAT, parseReceipt, parseStatement, parseTlogProof, parseTrust } = window.cguFiles;

  /* Steps */

  const STEPS = [
    "format du justificatif",
    "enregistrement sous sa forme canonique",
    "données personnelles jointes conformes à l’enregistrement",
    "signature du registre par une clé connue",
    "enregistrement présent dans le registre signé",
    "heures concordantes, jetons d’horodatage valables s’il y en a",
    "enregistrement d’un éditeur, non d’une démonstration",
    "registre vu par assez de témoins connus",
    "fichier complet",
  ];
  const [FORMAT, STATEMENT, DISCLOSURES, SIGNATURE, INCLUSION, TIME, ENVIRONMENT, WITNESSES, WHOLE] =
    STEPS.keys();
  const DEMONSTRATION = "demonstration.";
  const TOLERANCE = 1000000n; // one second

  /** Goes through the steps as `Examination` does; `found` says afterwards what was established. */
  async function examine(raw, trust) {
    const proof = startsWith(raw, PROOF_FORMAT.split("@")[0]);
    const found = {
      proof,
      passed: new Set(),
      refused: null,
      receipt: null,
      statement: null,
      tokens: { earliest: false, latest: false },
    };
    const step = async (number, check) => {
      try {
        const result = await check();
        found.passed.add(number);
        return result;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        error.step = number + 1;
        found.refused = error;
        // A demonstration's statement is examined further: what is wrong after it is said instead.
        if (number !== ENVIRONMENT || error.reason !== "SpecimenError") throw error;
      }
    };
    try {
      await (proof ? examineProof : examineReceipt)(raw, trust, found, step);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    return found;
  }

  const startsWith = (raw, start) => same(raw.slice(0, start.length), encoder.encode(start));

  async function examineReceipt(raw, trust, found, step) {
    const held = await step(FORMAT, () => parseReceipt(raw));
    found.receipt = held;
    found.statement = await step(STATEMENT, () => parseStatement(held.statement));
    await step(DISCLOSURES, () => verifyDisclosures(held, found.statement));
    await examineProved(held, trust, found, step);
    await step(WHOLE, () => {
      if (held.digest !== held.sha256) throw altered("receipt: its sha256 is not that of the rest");
    });
  }

  async function examineProof(raw, trust, found, step) {
    const proof = await step(FORMAT, () => {
      const parsed = parseTlogProof(raw);
      must(parsed.extra, "tlog-proof: the statement as extra data expected");
      return parsed;
    });
    found.statement = await step(STATEMENT, () => parseStatement(proof.extra));
    const held = { disclosures: [], promise: null, proof, tokens: [], earlier: null, keys: { changes: [] } };
    found.receipt = held;
    await examineProved(held, trust, found, step);
  }

  async function examineProved(held, trust, found, step) {
    const said = found.statement;
    const [signed, earlier] = await step(SIGNATURE, async () => {
      const trusted = await withChanges(trust, held.keys.changes);
      const now = held.proof
        ? await opened(held.proof.checkpoint, trusted)
        : await promised(held.promise, said, trusted);
      return [now, held.earlier && (await opened(held.earlier.checkpoint, trusted))];
    });
    if (held.proof) await step(INCLUSION, () => verifyLeaf(said.body, held.proof, signed));
    await step(TIME, async () => {
      found.tokens = await verifyTimes(said, held, signed, earlier, trust);
    });
    await step(ENVIRONMENT, () => verifyEnvironment(said, signed.names));
    if (trust.quorum) {
      await step(WITNESSES, async () => {
        if (!held.proof)
          throw new Refusal("WitnessError", "no checkpoint yet that witnesses could have seen");
        await verifyWitnesses(signed.note, trust.witnesses, trust.quorum);
      });
    }
  }

  async function verifyDisclosures(held, said) {
    for (const { field, salt: opening, value } of held.disclosures) {
      if (!Object.hasOwn(said.commitments, field))
        throw altered(`the statement commits to no field ${field}`);
      const [start, end] = [`cgu-commitment/1\0${field}\0`, value].map((part) => encoder.encode(part));
      const commitment = hex(await sha256(joined(start, opening, end)));
      if (commitment !== said.commitments[field])
        throw altered(`the value given for ${field} is not the one that was committed`);
    }
  }

  /** Returns the trusted keys and those that follow them: the key before signed a checkpoint that holds the change. */
  async function withChanges(trust, changes) {
    const trusted = [...trust.ledger];
    const isTrusted = (key) => trusted.some((one) => one.line === key.line);
    for (const change of changes) {
      const said = await parseStatement(change.statement);
      must(said.members.kind === "key-change", "receipt: the statement of a change of key expected");
      const before = await parseKey(said.members.old, LEDGER);
      const after = await parseKey(said.members.new, LEDGER);
      if (before.name !== after.name)
        throw altered(`a change of key from ${before.name} to another ledger, ${after.name}`);
      if (!isTrusted(before) || isTrusted(after) || trust.revoked.has(keyName(before))) continue;
      await verifyLeaf(said.body, change, await openCheckpoint(change.checkpoint, [before]));
      trusted.push(after);
    }
    return trusted;
  }

  const keyName = (key) => `${key.name}+${key.id}`;

  async function opened(raw, trusted) {
    const { origin } = parseCheckpoint(parseNote(raw).text);
    const checkpoint = await orSpecimen([origin], () => openCheckpoint(raw, trusted));
    return { ...checkpoint, names: [origin] };
  }

  /** A key that is not trusted, but of a demonstration by its name: a specimen, whoever made it. */
  async function orSpecimen(names, check) {
    try {
      return await check();
    } catch (error) {
      const specimen =
        error.reason === "UnknownKeyError" && names.some((name) => name.startsWith(DEMONSTRATION));
      throw specimen
        ? new Refusal("SpecimenError", "signed under the name of a demonstration; its key is not given here")
        : error;
    }
  }

  async function promised(raw, said, trusted) {
    const note = parseNote(raw);
    if (note.text !== `cgu-statement-signature/1\n${said.hash}\n`)
      throw altered("the signed hash is not that of the statement");
    const names = note.signatures.map((line) => line.name);
    return { note, names, signers: await orSpecimen(names, () => verifyNote(note, trusted)) };
  }

  const verifyLeaf = async (body, proof, sealed) =>
    verifyInclusion(await leafHash(body), proof.index, sealed.size, proof.path, sealed.root);

  /** Refuses unless the times agree; returns which tokens are there, whose authority is left to `cgu-verify`. */
  async function verifyTimes(said, held, signed, earlier, trust) {
    const stated = said.members.format === "cgu-statement/2";
    const [at, named] = stated ? [instant(said.members.at), said.members.checkpoint ?? null] : [null, null];
    if (named && instant(named.at) > at)
      throw altered("the statement names a checkpoint that was made after it");
    if (named && held.proof && named.size > held.proof.index)
      throw altered("the statement names a checkpoint that holds it");
    if (named?.token && named.token.size > named.size)
      throw altered("the statement names a token on a later checkpoint than the one that it names");
    if (earlier) await verifyEarlier(at, named, held.earlier, earlier, signed, trust);
    const after = await attested(signed, held.tokens, trust);
    const late = stated && after.some((one) => at > one.at + one.accuracy + TOLERANCE);
    if (late) throw altered("the statement says a time after that of its token");
    return { earliest: held.earlier !== null, latest: after.length > 0 };
  }

  /** Refuses unless the statement names the token of `held`, at `at` or before, and its tree grew into this one. */
  async function verifyEarlier(at, named, held, earlier, signed, trust) {
    if (!named?.token) throw altered("an earlier token, and the statement names none");
    const { size, authority, hash } = named.token;
    const found = hex(await sha256(held.token.token));
    if (size !== earlier.size || authority !== held.token.name || hash !== found)
      throw altered("the earlier token is not the one that the statement names");
    const another = earlier.size === named.size && hex(earlier.root) !== named.root;
    if (another) throw altered("the statement names another checkpoint of the same size");
    if (earlier.origin !== signed.origin) throw altered("the earlier checkpoint is of another ledger");
    await verifyConsistency(earlier.size, earlier.root, signed.size, signed.root, held.consistency);
    const [before] = await attested(earlier, [held.token], trust);
    if (before.at > at + before.accuracy + TOLERANCE)
      throw altered("the statement says a time before that of the token that it names");
  }

  /** Returns what each of `tokens` says of what was signed. */
  async function attested(signed, held, trust) {
    const message = encoder.encode(signed.note.text);
    const found = [];
    for (const { token } of held) {
      const said = readToken(token);
      const imprint = new Uint8Array(await crypto.subtle.digest(said.hashedBy, message));
      if (!same(imprint, said.hash)) throw altered("time token: it is about another text");
      found.push(said);
    }
    // What a stolen key signed counts only under a token from before the theft, and none is verified here.
    const stolen = signed.signers.every((key) => trust.revoked.has(keyName(key)));
    if (stolen)
      throw unknownKey("signed by a key that was revoked; no token was verified that shows it was before");
    return found;
  }

  function verifyEnvironment(said, origins) {
    const { environment } = said.members;
    must(environment === "demonstration" || environment === "publisher", "statement: unknown environment");
    const specimen = origins.some((name) => name.startsWith(DEMONSTRATION));
    if (specimen !== (environment === "demonstration"))
      throw altered(`a statement of environment ${environment} signed by a key of another`);
    if (specimen) throw new Refusal("SpecimenError", "made by a demonstration");
  }

  /* What is said */

  const KINDS = {
    accepted: "acceptée",
    refused: "refusée",
    deferred: "reportée",
    renounced: "renonciation",
    publication: "publication d’une version",
    accession: "entrée d’un texte reçu",
    contestation: "contestation d’une décision",
    notification: "avis envoyé",
    exposure: "relevé de ce qui a été montré",
    erasure: "effacement de données personnelles",
    sanction: "mesure prise sur un compte",
    "key-change": "changement de clé du registre",
    screens: "écran de décision",
    incident: "incident du registre",
  };
  const FIELDS = {
    account: "compte",
    email: "adresse",
    organisation_name: "organisation",
    siren: "SIREN",
    siret: "SIRET",
    profile: "profil",
    capacity_declaration: "qualité déclarée",
    words: "motif",
    grounds: "griefs",
  };
  const UNATTESTED = "heure du serveur, non attestée par un tiers";
  const BY_NOBODY = "personne ne l’atteste";
  const TO_VERIFY = "à vérifier avec cgu-verify";
  const LEFT = "heure du serveur ; l’attestation jointe est à vérifier avec cgu-verify";

  function verdict(refused) {
    if (refused === null) return "Intact, heure non attestée";
    if (refused.reason === "SpecimenError") return "Spécimen sans valeur";
    return refused.reason === "UnknownKeyError"
      ? "Clé inconnue"
      : `Altéré ou incomplet : étape ${refused.step}`;
  }

  /** Returns how each step went, of those that are about such a file. */
  function states({ proof, passed, refused, receipt, tokens }, trust) {
    const state = (number) => {
      if (number === refused?.step - 1) return "failed";
      if (number === INCLUSION && receipt && !receipt.proof) return "inapplicable";
      if (!passed.has(number)) return "skipped";
      return number === TIME && (tokens.earliest || tokens.latest) ? "left" : "passed";
    };
    const absent = [...(proof ? [DISCLOSURES, WHOLE] : []), ...(trust.quorum ? [] : [WITNESSES])];
    const told = STEPS.map((words, number) => ({ number: number + 1, words, state: state(number) }));
    return told.filter((one) => !absent.includes(one.number - 1));
  }

  /** Returns what the statement, its proof and what opens it say, as pairs of a label and a value. */
  function facts({ statement, receipt, tokens }) {
    if (!statement) return [];
    const { kind, decision, document, at, environment } = statement.members;
    const named = (table, name, otherwise) => (Object.hasOwn(table, name) ? table[name] : otherwise);
    const told = [["Objet", named(KINDS, decision, named(KINDS, kind, String(kind)))]];
    if (isObject(document)) {
      told.push(["Texte", [document.service, document.terms, document.version].map(String).join("/")]);
      told.push(["Numéro", String(document.label || "non renseigné dans le texte source")]);
      told.push(["Empreinte du texte", String(document.text_hash)]);
    }
    told.push(["Heure", `${at} (${tokens.latest ? LEFT : UNATTESTED})`]);
    told.push(["Au plus tôt", tokens.earliest ? TO_VERIFY : BY_NOBODY]);
    told.push(["Au plus tard", tokens.latest ? TO_VERIFY : BY_NOBODY]);
    told.push([
      "État",
      receipt.proof ? (receipt.tokens.length ? "horodaté" : "scellé") : "signé, pas encore scellé",
    ]);
    const leaf = leafOf(receipt.proof);
    if (leaf) told.push(["Registre", leaf]);
    told.push(["Environnement", String(environment)]);
    for (const { field, value } of receipt.disclosures) {
      const known = named(FIELDS, field, null);
      told.push([known ? known[0].toUpperCase() + known.slice(1) : `Champ « ${field} »`, value]);
    }
    const isOpened = (field) => receipt.disclosures.some((one) => one.field === field);
    const closed = Object.keys(statement.commitments).filter((field) => !isOpened(field));
    const names = closed.sort().map((field) => named(FIELDS, field, field));
    if (names.length) told.push(["Non divulgué", names.join(", ")]);
    return told;
  }

  /** Returns where the statement is, as the file says; null when it says nothing that can be read. */
  function leafOf(proof) {
    try {
      const { size, origin } = parseCheckpoint(parseNote(proof.checkpoint).text);
      return `feuille ${proof.index} d’un registre de ${size}, ${origin}`;
    } catch {
      return null;
    }
  }

  window.cguVerify = async (raw, trustText) => {
    const trust = await parseTrust(trustText);
    const found = await examine(raw, trust);
    return {
      verdict: verdict(found.refused),
      step: found.refused?.step ?? null,
      detail: found.refused?.message ?? null,
      steps: states(found, trust),
      facts: facts(found),
    };
  };
})();
