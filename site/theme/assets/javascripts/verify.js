// Verifies a receipt in the browser, as `cgu-verify` does: the same steps and verdicts (kiosk/proof/README.md).
// It asks nobody anything, keeps nothing, and shows nothing: verify-page.js does.
"use strict";

(() => {
  const P = window.cguProof;
  const T = window.cguTokens;
  const F = window.cguFiles;
  const W = window.cguWords;

  /* Steps */

  const [FORMAT, STATEMENT, DISCLOSURES, SIGNATURE, INCLUSION, TIME, ENVIRONMENT, WITNESSES, WHOLE] =
    W.STEPS.keys();
  const DEMONSTRATION = "demonstration.";
  const TOLERANCE = 1000000n; // one second

  /** Goes through the steps as `Examination` does; `found` says afterwards what was established. */
  async function examine(raw, trust) {
    const proof = startsWith(raw, F.PROOF_FORMAT.split("@")[0]);
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
        if (!(error instanceof P.Refusal)) throw error;
        error.step = number + 1;
        found.refused = error;
        // A demonstration's statement is examined further: what is wrong after it is said instead.
        if (number !== ENVIRONMENT || error.reason !== "SpecimenError") throw error;
      }
    };
    try {
      await (proof ? examineProof : examineReceipt)(raw, trust, found, step);
    } catch (error) {
      if (!(error instanceof P.Refusal)) throw error;
    }
    return found;
  }

  const startsWith = (raw, start) => P.same(raw.slice(0, start.length), P.encoder.encode(start));

  async function examineReceipt(raw, trust, found, step) {
    const held = await step(FORMAT, () => F.parseReceipt(raw));
    found.receipt = held;
    found.statement = await step(STATEMENT, () => F.parseStatement(held.statement));
    await step(DISCLOSURES, () => verifyDisclosures(held, found.statement));
    await examineProved(held, trust, found, step);
    await step(WHOLE, () => {
      if (held.digest !== held.sha256) throw P.altered("receipt: its sha256 is not that of the rest");
    });
  }

  async function examineProof(raw, trust, found, step) {
    const proof = await step(FORMAT, () => {
      const parsed = F.parseTlogProof(raw);
      P.must(parsed.extra, "tlog-proof: the statement as extra data expected");
      return parsed;
    });
    found.statement = await step(STATEMENT, () => F.parseStatement(proof.extra));
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
          throw new P.Refusal("WitnessError", "no checkpoint yet that witnesses could have seen");
        await P.verifyWitnesses(signed.note, trust.witnesses, trust.quorum);
      });
    }
  }

  async function verifyDisclosures(held, said) {
    for (const { field, salt: opening, value } of held.disclosures) {
      if (!Object.hasOwn(said.commitments, field))
        throw P.altered(`the statement commits to no field ${field}`);
      const [start, end] = [`cgu-commitment/1\0${field}\0`, value].map((part) => P.encoder.encode(part));
      const commitment = P.hex(await P.sha256(P.joined(start, opening, end)));
      if (commitment !== said.commitments[field])
        throw P.altered(`the value given for ${field} is not the one that was committed`);
    }
  }

  /** Returns the trusted keys and those that follow them: the key before signed a checkpoint that holds the change. */
  async function withChanges(trust, changes) {
    const trusted = [...trust.ledger];
    const isTrusted = (key) => trusted.some((one) => one.line === key.line);
    for (const change of changes) {
      const said = await F.parseStatement(change.statement);
      P.must(said.members.kind === "key-change", "receipt: the statement of a change of key expected");
      const before = await P.parseKey(said.members.old, P.LEDGER);
      const after = await P.parseKey(said.members.new, P.LEDGER);
      if (before.name !== after.name)
        throw P.altered(`a change of key from ${before.name} to another ledger, ${after.name}`);
      if (!isTrusted(before) || isTrusted(after) || trust.revoked.has(keyName(before))) continue;
      await verifyLeaf(said.body, change, await P.openCheckpoint(change.checkpoint, [before]));
      trusted.push(after);
    }
    return trusted;
  }

  const keyName = (key) => `${key.name}+${key.id}`;

  async function opened(raw, trusted) {
    const { origin } = P.parseCheckpoint(P.parseNote(raw).text);
    const checkpoint = await orSpecimen([origin], () => P.openCheckpoint(raw, trusted));
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
        ? new P.Refusal("SpecimenError", "signed under the name of a demonstration; its key is not given here")
        : error;
    }
  }

  async function promised(raw, said, trusted) {
    const note = P.parseNote(raw);
    if (note.text !== `cgu-statement-signature/1\n${said.hash}\n`)
      throw P.altered("the signed hash is not that of the statement");
    const names = note.signatures.map((line) => line.name);
    return { note, names, signers: await orSpecimen(names, () => P.verifyNote(note, trusted)) };
  }

  const verifyLeaf = async (body, proof, sealed) =>
    P.verifyInclusion(await P.leafHash(body), proof.index, sealed.size, proof.path, sealed.root);

  /** Refuses unless the times agree; returns which tokens are there, whose authority is left to `cgu-verify`. */
  async function verifyTimes(said, held, signed, earlier, trust) {
    const stated = said.members.format === "cgu-statement/2";
    const [at, named] = stated ? [P.instant(said.members.at), said.members.checkpoint ?? null] : [null, null];
    if (named && P.instant(named.at) > at)
      throw P.altered("the statement names a checkpoint that was made after it");
    if (named && held.proof && named.size > held.proof.index)
      throw P.altered("the statement names a checkpoint that holds it");
    if (named?.token && named.token.size > named.size)
      throw P.altered("the statement names a token on a later checkpoint than the one that it names");
    if (earlier) await verifyEarlier(at, named, held.earlier, earlier, signed, trust);
    const after = await attested(signed, held.tokens, trust);
    const late = stated && after.some((one) => at > one.at + one.accuracy + TOLERANCE);
    if (late) throw P.altered("the statement says a time after that of its token");
    return { earliest: held.earlier !== null, latest: after.length > 0 };
  }

  /** Refuses unless the statement names the token of `held`, at `at` or before, and its tree grew into this one. */
  async function verifyEarlier(at, named, held, earlier, signed, trust) {
    if (!named?.token) throw P.altered("an earlier token, and the statement names none");
    const { size, authority, hash } = named.token;
    const found = P.hex(await P.sha256(held.token.token));
    if (size !== earlier.size || authority !== held.token.name || hash !== found)
      throw P.altered("the earlier token is not the one that the statement names");
    const another = earlier.size === named.size && P.hex(earlier.root) !== named.root;
    if (another) throw P.altered("the statement names another checkpoint of the same size");
    if (earlier.origin !== signed.origin) throw P.altered("the earlier checkpoint is of another ledger");
    await P.verifyConsistency(earlier.size, earlier.root, signed.size, signed.root, held.consistency);
    const [before] = await attested(earlier, [held.token], trust);
    if (before.at > at + before.accuracy + TOLERANCE)
      throw P.altered("the statement says a time before that of the token that it names");
  }

  /** Returns what each of `tokens` says of what was signed. */
  async function attested(signed, held, trust) {
    const message = P.encoder.encode(signed.note.text);
    const found = [];
    for (const { token } of held) {
      const said = T.readToken(token);
      const imprint = new Uint8Array(await crypto.subtle.digest(said.hashedBy, message));
      if (!P.same(imprint, said.hash)) throw P.altered("time token: it is about another text");
      found.push(said);
    }
    // What a stolen key signed counts only under a token from before the theft, and none is verified here.
    const stolen = signed.signers.every((key) => trust.revoked.has(keyName(key)));
    if (stolen)
      throw P.unknownKey("signed by a key that was revoked; no token was verified that shows it was before");
    return found;
  }

  function verifyEnvironment(said, origins) {
    const { environment } = said.members;
    P.must(environment === "demonstration" || environment === "publisher", "statement: unknown environment");
    const specimen = origins.some((name) => name.startsWith(DEMONSTRATION));
    if (specimen !== (environment === "demonstration"))
      throw P.altered(`a statement of environment ${environment} signed by a key of another`);
    if (specimen) throw new P.Refusal("SpecimenError", "made by a demonstration");
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
    const told = W.STEPS.map((words, number) => ({ number: number + 1, words, state: state(number) }));
    return told.filter((one) => !absent.includes(one.number - 1));
  }

  window.cguVerify = async (raw, trustText) => {
    const trust = await F.parseTrust(trustText);
    const found = await examine(raw, trust);
    return {
      verdict: W.verdict(found.refused),
      step: found.refused?.step ?? null,
      detail: found.refused?.message ?? null,
      steps: states(found, trust),
      facts: W.facts(found),
      reserves: W.reserves(found),
    };
  };
})();
