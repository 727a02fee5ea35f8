// What every page does with JavaScript; each page works without it.

const summary = document.querySelector("[data-aj-focus]");
if (summary) summary.focus();

// A jump from the error summary lands in the field, not only near it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".aj-summary a");
  if (!link) return;
  const target = document.getElementById(link.hash.slice(1));
  const field = target?.matches("input, select, textarea") ? target : target?.querySelector("input, select, textarea");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// One press, one sending: the second submit of the same page is dropped; the server would refuse it anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  const slow = form.querySelector("[data-aj-slow]");
  if (slow) setTimeout(() => slow.hidden = false, 300);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

for (const button of document.querySelectorAll("[data-aj-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// The time slider: the range is only there for those who can use it; the date field says the same.
for (const form of document.querySelectorAll("[data-aj-slider]")) {
  const box = form.querySelector(".aj-slider-range");
  const range = box.querySelector("input");
  const marks = range.dataset.marks.split(" ").filter(Boolean);
  const field = form.querySelector("[name=on]");
  if (marks.length < 2) continue;
  const at = marks.findLastIndex((mark) => mark <= field.value);
  range.value = at < 0 ? 0 : at;
  range.setAttribute("aria-valuetext", marks[range.value]);
  box.hidden = false;
  range.addEventListener("input", () => {
    field.value = marks[range.value];
    range.setAttribute("aria-valuetext", field.value);
  });
  range.addEventListener("change", () => form.requestSubmit());
}
