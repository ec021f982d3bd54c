//! A small WebDriver client: real Chromium, driven by its own `chromedriver`.
//!
//! ```no_run
//! let driver = Driver::start(&chromium, &chromedriver, &scratch)?;    // one per run
//! let page = driver.open(&url, &Window::DESKTOP)?;                    // one browser each
//! page.goto("?scenario=oceanbase")?;
//! page.enter("textarea", "SHOW JOBS;")?;                              // type, press Enter
//! page.wait_text("[role=log]", "cancel-requested", SECONDS(20))?;     // polls until it is there
//! page.find("button.pause")?.click()?;
//! let count = page.js("return document.querySelectorAll(arguments[0]).length", &[json!("tr")])?;
//! page.no_errors()?;
//! ```
//!
//! - `find`, `find_all`, `wait_for`, `text` see through open shadow roots.
//! - Everything that waits takes what it waits for in words and how long at most; when the time
//!   is over the error holds the page's address, its console and its text.
//! - `enter` and `type_keys` send real keys: `"\n"` is Enter, the others are in [`key`], a chord is
//!   `page.press(&[key::CONTROL, "c"])`.
//! - Nothing here sleeps for a fixed time, and neither should a test: wait for what a person
//!   would wait for.

pub mod element;
pub mod page;
mod protocol;

pub use page::Page;

use protocol::call;
use serde_json::json;
use std::fmt::{self, Display};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What went wrong, in words for the person who reads the test's output.
pub struct Error(String);

pub type Result<T = ()> = std::result::Result<T, Error>;

impl Error {
    pub fn new(message: impl Into<String>) -> Error {
        Error(message.into())
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Error {
        Error(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Error {
        Error(message.to_string())
    }
}

impl From<Error> for String {
    fn from(error: Error) -> String {
        error.0
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error(error.to_string())
    }
}

/// An error with this text unless the condition holds.
pub fn check(condition: bool, message: impl Display) -> Result {
    if condition {
        Ok(())
    } else {
        Err(Error(message.to_string()))
    }
}

/// `SECONDS(20)` reads better in a test than `Duration::from_secs(20)`.
#[allow(non_snake_case)]
pub const fn SECONDS(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Keys that are no characters, for [`Page::press`] and [`Element::type_keys`].
pub mod key {
    pub const BACKSPACE: &str = "\u{E003}";
    pub const TAB: &str = "\u{E004}";
    pub const ENTER: &str = "\u{E007}";
    pub const SHIFT: &str = "\u{E008}";
    pub const CONTROL: &str = "\u{E009}";
    pub const ALT: &str = "\u{E00A}";
    pub const ESCAPE: &str = "\u{E00C}";
    pub const SPACE: &str = "\u{E00D}";
    pub const PAGE_UP: &str = "\u{E00E}";
    pub const PAGE_DOWN: &str = "\u{E00F}";
    pub const END: &str = "\u{E010}";
    pub const HOME: &str = "\u{E011}";
    pub const LEFT: &str = "\u{E012}";
    pub const UP: &str = "\u{E013}";
    pub const RIGHT: &str = "\u{E014}";
    pub const DOWN: &str = "\u{E015}";
    pub const DELETE: &str = "\u{E017}";
}

/// What the page is shown on. Sizes are of the page itself, in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub width: u32,
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub scale: u32,
    /// A phone: touch, and a mobile viewport.
    pub mobile: bool,
    pub dark: bool,
    pub reduced_motion: bool,
}

impl Window {
    pub const DESKTOP: Window = Window {
        width: 1280,
        height: 860,
        scale: 1,
        mobile: false,
        dark: false,
        reduced_motion: false,
    };
    pub const PHONE: Window = Window {
        width: 360,
        height: 740,
        scale: 2,
        mobile: true,
        ..Window::DESKTOP
    };

    pub const fn dark(self) -> Window {
        Window { dark: true, ..self }
    }

    pub const fn reduced_motion(self) -> Window {
        Window {
            reduced_motion: true,
            ..self
        }
    }
}

/// A running `chromedriver`. It ends when this is dropped.
pub struct Driver {
    process: Child,
    url: String,
    agent: ureq::Agent,
    chromium: PathBuf,
    scratch: PathBuf,
    opened: AtomicU32,
}

impl Driver {
    /// Starts `driver` on a free port. `scratch` is a folder for the browsers' profiles.
    pub fn start(chromium: &Path, driver: &Path, scratch: &Path) -> Result<Driver> {
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("{} could not be started: {e}", driver.display()))?;
        let port = process.stdout.take().and_then(|out| {
            let mut out = BufReader::new(out);
            let mut port = None;
            let mut line = String::new();
            while port.is_none() && out.read_line(&mut line).is_ok_and(|n| n > 0) {
                // "ChromeDriver was started successfully on port 40153."
                port = line
                    .split_once("successfully on port ")
                    .and_then(|(_, rest)| rest.trim().trim_end_matches('.').parse::<u16>().ok());
                line.clear();
            }
            // It stops when nobody reads what it says.
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
            port
        });
        let Some(port) = port else {
            let _ = process.kill();
            let _ = process.wait();
            return Err(Error(format!(
                "{} did not say which port it listens on",
                driver.display()
            )));
        };
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(SECONDS(120)))
            .build()
            .new_agent();
        Ok(Driver {
            process,
            url: format!("http://127.0.0.1:{port}"),
            agent,
            chromium: chromium.to_path_buf(),
            scratch: scratch.to_path_buf(),
            opened: AtomicU32::new(0),
        })
    }

    /// A new browser with an empty profile, showing an empty page. `base` is what the paths
    /// given to [`Page::goto`] are appended to.
    pub fn open(&self, base: &str, window: &Window) -> Result<Page> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let profile = self
            .scratch
            .join(format!("profile-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&profile);
        std::fs::create_dir_all(&profile)?;
        let mut args = chromium_flags(&profile);
        args.push(format!("--window-size={},{}", window.width, window.height));
        let request = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": self.chromium, "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": 0, "pageLoad": 60_000, "script": 60_000 },
        }}});
        let answer = call(
            &self.agent,
            "POST",
            &format!("{}/session", self.url),
            &request,
        )?;
        let id = answer["sessionId"]
            .as_str()
            .ok_or("the driver gave no session")?;
        let session = format!("{}/session/{id}", self.url);
        let page = Page::new(self.agent.clone(), session, base, profile);
        page.show_on(window)?;
        Ok(page)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What Chromium needs to run unattended, as root, and without calling anybody.
pub fn chromium_flags(profile: &Path) -> Vec<String> {
    let mut flags: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--no-default-browser-check",
        "--force-color-profile=srgb",
        "--lang=en-US",
    ]
    .map(String::from)
    .to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    flags
}
