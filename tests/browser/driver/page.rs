//! A page: what a person can do with it, and what they see.

use super::element::Element;
use super::protocol::{call, save_png, string};
use super::{Error, Result, Window, check, key};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A line of the browser's console, a failed download or an uncaught exception.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// `DEBUG`, `INFO`, `WARNING` or `SEVERE`.
    pub level: String,
    pub message: String,
}

/// One browser with one page. It closes when this is dropped.
pub struct Page {
    agent: ureq::Agent,
    session: String,
    base: String,
    profile: PathBuf,
    console: RefCell<Vec<LogEntry>>,
}

impl Page {
    pub(super) fn new(agent: ureq::Agent, session: String, base: &str, profile: PathBuf) -> Page {
        Page {
            agent,
            session,
            base: base.to_string(),
            profile,
            console: RefCell::new(Vec::new()),
        }
    }

    /// Opens `path`, appended to the site's address, and waits until it and its scripts are
    /// loaded (not for what they do afterwards). A whole `http:` address is taken as it is.
    pub fn goto(&self, path: &str) -> Result {
        let url = if path.starts_with("http:") {
            path.to_string()
        } else {
            format!("{}{path}", self.base)
        };
        self.post("url", &json!({ "url": url })).map(drop)
    }

    pub fn reload(&self) -> Result {
        self.post("refresh", &json!({})).map(drop)
    }

    pub fn back(&self) -> Result {
        self.post("back", &json!({})).map(drop)
    }

    pub fn url(&self) -> Result<String> {
        Ok(string(self.get("url")?))
    }

    pub fn title(&self) -> Result<String> {
        Ok(string(self.get("title")?))
    }

    /// The one element that matches. None, or more than one, is an error.
    pub fn find(&self, css: &str) -> Result<Element<'_>> {
        let mut found = self.find_all(css)?;
        match (found.pop(), found.len()) {
            (Some(element), 0) => Ok(element),
            (None, _) => Err(Error(format!("nothing on the page matches `{css}`"))),
            (_, more) => Err(Error(format!("`{css}` matches {} elements", more + 1))),
        }
    }

    /// All elements that match, in the order of the document.
    pub fn find_all(&self, css: &str) -> Result<Vec<Element<'_>>> {
        let found = self.js(FIND_ALL, &[json!(css)])?;
        Ok(found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|value| Element::from_json(self, value))
            .collect())
    }

    /// The element that has the keyboard's focus, inside shadow roots too.
    pub fn focused(&self) -> Result<Element<'_>> {
        let found = self.js(FOCUSED, &[])?;
        Element::from_json(self, &found).ok_or_else(|| "nothing has the focus".into())
    }

    /// All text that a person sees (also what must be scrolled to).
    pub fn text(&self) -> Result<String> {
        Ok(string(self.js(VISIBLE_TEXT, &[])?))
    }

    /// Runs the body of a function; its arguments are `arguments[0]`, …; a promise is waited for.
    pub fn js(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.post("execute/sync", &json!({ "script": script, "args": args }))
    }

    /// Clicks into the field, types the line and presses Enter.
    pub fn enter(&self, css: &str, line: &str) -> Result {
        let field = self.find(css)?;
        field.click()?;
        field.type_keys(line)?;
        field.type_keys(key::ENTER)
    }

    /// Presses these keys together, whatever has the focus: `press(&[key::CONTROL, "c"])`.
    pub fn press(&self, keys: &[&str]) -> Result {
        let down = keys
            .iter()
            .map(|k| json!({ "type": "keyDown", "value": k }));
        let up = keys
            .iter()
            .rev()
            .map(|k| json!({ "type": "keyUp", "value": k }));
        let actions: Vec<Value> = down.chain(up).collect();
        self.actions(json!([{ "type": "key", "id": "keyboard", "actions": actions }]))
    }

    /// Presses the mouse at one point of the window, moves it to another and lets go.
    pub fn drag(&self, from: (i32, i32), to: (i32, i32)) -> Result {
        let at = |(x, y): (i32, i32), duration: u32| json!({ "type": "pointerMove", "x": x, "y": y, "duration": duration });
        let actions = json!([
            at(from, 0),
            { "type": "pointerDown", "button": 0 },
            at(((from.0 + to.0) / 2, (from.1 + to.1) / 2), 50),
            at(to, 50),
            { "type": "pointerUp", "button": 0 },
        ]);
        self.actions(json!([{
            "type": "pointer", "id": "mouse",
            "parameters": { "pointerType": "mouse" }, "actions": actions,
        }]))
    }

    fn actions(&self, actions: Value) -> Result {
        self.post("actions", &json!({ "actions": actions }))
            .map(drop)
    }

    /// Polls until `probe` says true. An error in the probe counts as "not yet", and the last one
    /// is told when the time is over.
    pub fn wait_until(
        &self,
        what: &str,
        limit: Duration,
        mut probe: impl FnMut(&Page) -> Result<bool>,
    ) -> Result {
        self.wait(what, limit, || Ok(probe(self)?.then_some(())))
    }

    /// Waits for an element that matches, and gives the first.
    pub fn wait_for(&self, css: &str, limit: Duration) -> Result<Element<'_>> {
        self.wait(&format!("`{css}`"), limit, || {
            Ok(self.find_all(css)?.into_iter().next())
        })
    }

    /// Waits until the text of some element that matches contains `needle`.
    pub fn wait_text(&self, css: &str, needle: &str, limit: Duration) -> Result {
        let mut last = Vec::new();
        let result = self.wait(&format!("\"{needle}\" in `{css}`"), limit, || {
            last.clear();
            for element in self.find_all(css)? {
                last.push(element.text()?);
            }
            Ok(last.iter().any(|text| text.contains(needle)).then_some(()))
        });
        result.map_err(|e| Error(format!("{e}\n--- text of `{css}` ---\n{}", last.join("\n"))))
    }

    fn wait<T>(
        &self,
        what: &str,
        limit: Duration,
        mut probe: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let mut last = String::new();
        loop {
            match probe() {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => last.clear(),
                Err(e) => last = format!(" (last error: {e})"),
            }
            if start.elapsed() > limit {
                return Err(Error(format!(
                    "waited {} s for {what}{last}",
                    limit.as_secs()
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Everything that the browser's console has said so far.
    pub fn console(&self) -> Result<Vec<LogEntry>> {
        let new = self.post("se/log", &json!({ "type": "browser" }))?;
        let mut console = self.console.borrow_mut();
        for entry in new.as_array().into_iter().flatten() {
            console.push(LogEntry {
                level: string(entry["level"].clone()),
                message: string(entry["message"].clone()),
            });
        }
        Ok(console.clone())
    }

    /// An error if the console holds one: an exception, a failed download, a `console.error`.
    pub fn no_errors(&self) -> Result {
        let errors: Vec<String> = self
            .console()?
            .into_iter()
            .filter(|entry| entry.level == "SEVERE")
            .map(|entry| entry.message)
            .collect();
        check(
            errors.is_empty(),
            format!("errors in the console:\n{}", errors.join("\n")),
        )
    }

    /// A picture (PNG) of what the window shows.
    pub fn screenshot(&self, file: &Path) -> Result {
        let data = string(self.get("screenshot")?);
        save_png(file, &data)
    }

    /// A picture (PNG) of the whole page, however long it is.
    pub fn screenshot_whole(&self, file: &Path) -> Result {
        let answer = self.cdp(
            "Page.captureScreenshot",
            json!({ "format": "png", "captureBeyondViewport": true }),
        )?;
        save_png(file, answer["data"].as_str().unwrap_or_default())
    }

    /// Shows the page on another window from now on.
    pub fn show_on(&self, window: &Window) -> Result {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": window.width, "height": window.height,
                "deviceScaleFactor": window.scale, "mobile": window.mobile,
            }),
        )?;
        self.cdp(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": window.mobile }),
        )?;
        let scheme = if window.dark { "dark" } else { "light" };
        let motion = if window.reduced_motion {
            "reduce"
        } else {
            "no-preference"
        };
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": motion },
            ]}),
        )
        .map(drop)
    }

    /// A command of the Chrome DevTools protocol, for what WebDriver lacks.
    pub fn cdp(&self, command: &str, params: Value) -> Result<Value> {
        self.post(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": params }),
        )
    }

    /// Address, console and text of the page, for the message of a failed test.
    pub fn report(&self) -> String {
        let or = |result: Result<String>| result.unwrap_or_else(|e| format!("({e})"));
        let console = self.console().map(|entries| {
            entries
                .iter()
                .map(|e| format!("{} {}", e.level, e.message))
                .collect::<Vec<_>>()
                .join("\n")
        });
        format!(
            "--- address ---\n{}\n--- console ---\n{}\n--- text of the page ---\n{}",
            or(self.url()),
            or(console),
            or(self.text()),
        )
    }

    pub(super) fn get(&self, path: &str) -> Result<Value> {
        call(
            &self.agent,
            "GET",
            &format!("{}/{path}", self.session),
            &Value::Null,
        )
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        call(
            &self.agent,
            "POST",
            &format!("{}/{path}", self.session),
            body,
        )
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = call(&self.agent, "DELETE", &self.session, &Value::Null);
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

const FIND_ALL: &str = "
    const found = [];
    const visit = (root) => {
        found.push(...root.querySelectorAll(arguments[0]));
        for (const e of root.querySelectorAll('*')) if (e.shadowRoot) visit(e.shadowRoot);
    };
    visit(document);
    return found;";

const FOCUSED: &str = "
    let e = document.activeElement;
    while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
    return e;";

const VISIBLE_TEXT: &str = "
    const texts = [document.body ? document.body.innerText : ''];
    const visit = (root) => {
        for (const e of root.querySelectorAll('*')) {
            if (!e.shadowRoot) continue;
            for (const child of e.shadowRoot.children) {
                if (!['STYLE', 'SCRIPT'].includes(child.tagName)) texts.push(child.innerText);
            }
            visit(e.shadowRoot);
        }
    };
    visit(document);
    return texts.join('\\n');";
