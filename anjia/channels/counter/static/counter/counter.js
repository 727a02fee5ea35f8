// Keys of the counter: j and k between cases, / to search, ? for help, F8 and F6 for the decision.

const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

function step(by) {
  const rows = [...document.querySelectorAll("[data-aj-case]")];
  const at = rows.findIndex((row) => row.getAttribute("aria-current"));
  const row = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (row && row !== rows[at]) location.assign(row.href);
}

function press(key, event) {
  const control = document.querySelector(`[data-aj-key="${key}"]`);
  if (!control) return;
  event.preventDefault();
  control.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "F8" || event.key === "F6") return press(event.key, event);
  if (typing(event.target)) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") {
    event.preventDefault();
    document.getElementById("desk-q")?.focus();
  } else if (event.key === "?") {
    const help = document.getElementById("keyboard-help");
    if (!help) return;
    help.open = true;
    help.querySelector("summary").focus();
  }
});
