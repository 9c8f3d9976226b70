// Opens a page in Chromium at four widths, and says what overflows and what axe finds. Chromium is spoken to over a pipe, so that
// nothing but it and axe-core is needed.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const WIDTHS = [320, 768, 1280, 1920];

const need = (what, found) => {
  if (found) return found;
  console.error(`${what} est nécessaire à cet essai (tests/run l’installe)`);
  process.exit(1);
};
let axe;
try {
  axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
} catch { /* told below */ }
need("axe-core (npm)", axe);

const program = process.env.CHROMIUM ?? "chromium";
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run"];
const browser = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
browser.on("error", () => need("chromium", false));

let last = 0;
const waiting = new Map();
let received = "";
browser.stdio[4].setEncoding("utf8");
browser.stdio[4].on("data", (data) => {
  received += data;
  for (let end; (end = received.indexOf("\0")) >= 0; received = received.slice(end + 1)) {
    const message = JSON.parse(received.slice(0, end));
    const asked = waiting.get(message.id ?? message.method);
    waiting.delete(message.id ?? message.method);
    if (message.error) asked?.reject(new Error(message.error.message));
    else asked?.resolve(message.result ?? message.params);
  }
});
const event = (name) => new Promise((resolve, reject) => waiting.set(name, { resolve, reject }));
const ask = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
  const id = ++last;
  waiting.set(id, { resolve, reject });
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
});

const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
const run = async (expression) => {
  const { result, exceptionDetails } = await ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};

const wrong = [];
await ask("Page.enable", {}, sessionId);
for (const file of process.argv.slice(2)) {
  const loaded = event("Page.loadEventFired");
  await ask("Page.navigate", { url: pathToFileURL(file).href }, sessionId);
  await loaded;
  await run(axe);
  for (const width of WIDTHS) {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await ask("Emulation.setDeviceMetricsOverride", size, sessionId);
    const found = await run(`(async () => {
      const wide = document.documentElement.scrollWidth;
      const frame = () => new Promise((next) => requestAnimationFrame(next));
      await frame();
      await frame();
      // What is wider than its frame says so, and the keyboard reaches it.
      const unsaid = [...document.querySelectorAll(".scroll")].filter((one) => {
        const says = parseFloat(getComputedStyle(one, "::before").height) > 0;
        return says !== one.scrollWidth > one.clientWidth || one.tabIndex !== 0 || !one.getAttribute("role") || !one.getAttribute("aria-label");
      }).map((one) => one.getAttribute("aria-label"));
      const { violations, passes } = await axe.run();
      return { wide, unsaid, inner: window.innerWidth, rules: passes.length,
        violations: violations.map(({ id, nodes }) => id + " : " + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + " " + failureSummary).join(" | ")) };
    })()`);
    if (found.inner !== width || found.wide > width) wrong.push(`${file} : ${found.wide} px sur ${width}`);
    wrong.push(...found.unsaid.map((label) => `${file}, ${width} px : ${label} : rien ne dit qu’il défile, ou quelque chose le dit à tort`));
    if (found.rules < 10) wrong.push(`${file} : axe n’a presque rien examiné`);
    wrong.push(...found.violations.map((violation) => `${file}, ${width} px : ${violation}`));
  }
}
await ask("Browser.close");
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`${WIDTHS.length} largeurs, aucun débordement, aucune anomalie`);
