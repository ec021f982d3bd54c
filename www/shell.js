// The page around the program: starts it, keeps the run where a crash can't reach it, and offers
// the moment before when the program stops. Each system is a program of its own, as is CockroachDB
// v2.1: a visit loads the one that it shows, and another when a scenario of it is chosen.
import { join } from "./parts.js";

const PROGRAMS = {
  cockroachdb: [() => import("../pkg/cockroachdb.js"), new URL("../pkg/cockroachdb_bg.wasm", import.meta.url)],
  "cockroachdb-v2.1": [() => import("../pkg/cockroachdb-v2-1.js"), new URL("../pkg/cockroachdb-v2-1_bg.wasm", import.meta.url)],
  oceanbase: [() => import("../pkg/oceanbase.js"), new URL("../pkg/oceanbase_bg.wasm", import.meta.url)],
};

const KEY = "jobscope-run";
const AGAIN = "jobscope-again";
let run = null;
let draft = "";
let stopped = false;

function read(key) {
  try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
}
function write(key, value) {
  // Storage may be full or forbidden: the page works without.
  try { sessionStorage.setItem(key, JSON.stringify(value)); } catch {}
}
function keep(next) {
  if (stopped) return;
  run = next;
  write(KEY, { ...run, draft });
}
function keepDraft(text) {
  draft = text;
  if (run && !stopped) write(KEY, { ...run, draft });
}

// The run as a person can read it and type it again.
function text(run) {
  if (!run) return "";
  const out = [`\\scenario ${run.scenario} seed ${run.seed}`];
  const lines = run.pending ? [...run.lines, [run.at, ...run.pending]] : run.lines;
  for (const [at, session, line] of lines) {
    out.push(`# ${(at / 1e6).toFixed(6)} s, ${session}`, line.trimEnd());
  }
  if (draft && !run.pending) out.push(`# not yet run: ${draft}`);
  return out.join("\n") + "\n";
}

function stop(why) {
  if (stopped) return;
  stopped = true;
  const log = text(run);
  const page = document.createElement("div");
  page.className = "stopped";
  page.setAttribute("role", "alertdialog");
  page.setAttribute("aria-modal", "true");
  page.setAttribute("aria-label", "The simulation has stopped");
  page.dataset.testid = "stopped";
  page.innerHTML = `<div><h2>The simulation has stopped</h2>
    <p>An error in Jobscope, not in what you typed. Nothing typed is lost: this is the run so far, and it can go on from the moment before.</p>
    <p><code></code></p>
    <textarea readonly aria-label="Run log" data-testid="run-log"></textarea>
    <div class="row"><button class="primary" data-testid="resume">Go on from the moment before</button>
    <button data-testid="copy">Copy the run log</button><button data-testid="afresh">Start afresh</button></div></div>`;
  page.querySelector("code").textContent = why;
  page.querySelector("textarea").value = log;
  const [resume, copy, afresh] = page.querySelectorAll("button");
  resume.onclick = () => {
    // All but the line that was running; that one comes back into the text field.
    const pending = run?.pending ? run.pending[1].replace(/\n$/, "") : draft;
    write(AGAIN, run ? { ...run, pending: null, draft: pending } : null);
    location.reload();
  };
  copy.onclick = async () => {
    const area = page.querySelector("textarea");
    try { await navigator.clipboard.writeText(log); } catch { area.select(); document.execCommand("copy"); }
    copy.textContent = "Copied";
  };
  afresh.onclick = () => location.reload();
  for (const child of document.body.children) child.inert = true;
  document.body.append(page);
  // Where the last crash came while taking a run up again, that run is not offered once more.
  (read("jobscope-resuming") ? afresh : resume).focus();
}

// A trap in wasm, or its stack running over: the instance is not to be trusted any more.
function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError
    || (error instanceof Error && /wasm/.test(error.stack ?? "") && /recursi|stack|unreachable|memory/i.test(error.message));
}
addEventListener("error", (event) => {
  if (isTrap(event.error)) stop(globalThis.__jobscope_panic ?? event.error.message);
});
addEventListener("unhandledrejection", (event) => {
  if (isTrap(event.reason)) stop(globalThis.__jobscope_panic ?? event.reason.message);
});
// The program that holds a scenario, as a promise: its name has the system's in it.
async function load(scenario) {
  const name = /oceanbase/.test(scenario) ? "oceanbase" : /v2\.1/.test(scenario) ? "cockroachdb-v2.1" : "cockroachdb";
  const [program, wasm] = PROGRAMS[name];
  // Both at once: the program's text would ask for the other only when it is there.
  const [module, answer] = await Promise.all([program(), fetch(wasm)]);
  if (!answer.ok) throw new Error(`${wasm.pathname}: ${answer.status} ${answer.statusText}`);
  const bytes = join(new Uint8Array(await answer.arrayBuffer()));
  await module.default({ module_or_path: bytes });
  return module;
}

const root = document.getElementById("jobscope");
let shown = null;

async function open(scenario, options) {
  const module = await load(scenario);
  shown?.destroy();
  // For the test of what follows a crash; thrown from a task of its own, as a real one would be.
  globalThis.__jobscope_trap = () => setTimeout(module.__jobscope_trap);
  shown = module.mount(root, { keep, draft: keepDraft, leave, ...options });
}

function failed(error) {
  if (isTrap(error)) return stop(globalThis.__jobscope_panic ?? error.message);
  root.innerHTML = `<p class="loading" role="alert">Jobscope could not start: <code></code></p>`;
  root.querySelector("code").textContent = String(error);
}

// From one program to the other: what was shown goes when the next one is there. Called from within
// the program that goes, which has first to come to an end.
function leave(scenario, seed, enter) {
  const search = new URLSearchParams(location.search);
  search.set("scenario", scenario);
  search.set("seed", seed);
  search.delete("command");
  draft = "";
  setTimeout(() => open(scenario, { search: `?${search}`, enter }).catch(failed));
}

try {
  const restore = read(AGAIN);
  try { sessionStorage.removeItem(AGAIN); } catch {}
  if (restore) {
    draft = restore.draft ?? "";
    write("jobscope-resuming", true);
    setTimeout(() => { try { sessionStorage.removeItem("jobscope-resuming"); } catch {} }, 3000);
  }
  const search = new URLSearchParams(location.search);
  const asked = restore?.scenario ?? (search.get("scenario") || search.get("system") || "");
  await open(asked, { search: location.search, restore });
} catch (error) {
  failed(error);
}
