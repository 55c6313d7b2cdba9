// Security keys: asks the key what the kiosk asked, and sends its answer with the form. Without it, codes do.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const parse = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  if (!parse) return;
  for (const note of document.querySelectorAll("[data-without-script]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-key]")) {
    form.hidden = false;
    const failed = form.querySelector("[data-failed]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.textContent = "";
      try {
        form.elements.answer.value = JSON.stringify(await answer(form));
      } catch {
        failed.textContent = failed.dataset.failed;
        return;
      }
      form.submit();
    });
  }
});

async function answer(form) {
  const asked = await fetch(form.dataset.ask, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrf_token.value },
  });
  if (!asked.ok) throw new Error(String(asked.status));
  const options = await asked.json();
  const credential =
    form.dataset.key === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return credential.toJSON();
}
