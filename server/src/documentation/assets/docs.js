// What a page can do without: copy buttons, and the reader's language kept from page to page.
const storageKey = "afternoon-docs-language";

for (const block of document.querySelectorAll(".code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => void copy(block, button));
  block.append(button);
}

async function copy(block, button) {
  try {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
  } catch {
    // Browsers give the clipboard to https and localhost only: selecting leaves one key press to the reader.
    getSelection().selectAllChildren(block.querySelector("code"));
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2_000);
}

function remember(language) {
  try {
    if (language !== undefined) localStorage.setItem(storageKey, language);
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

const choices = [...document.querySelectorAll('.tabs input[type="radio"]')];
const remembered = choices.find(({ value }) => value === remember());
if (remembered) remembered.checked = true;
for (const choice of choices) choice.addEventListener("change", () => remember(choice.value));
