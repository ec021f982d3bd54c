//! What a fresh machine may lack: the wasm target and a browser with its driver.

use super::Result;
use super::process::{find_program, run};
use std::path::PathBuf;
use std::process::Command;

const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the toolchain in use when it is missing.
pub fn wasm_target() -> Result {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .current_dir(super::process::root())
        .output()
        .map_err(|e| format!("`rustc` could not be started: {e}"))?;
    let dir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && dir.is_dir() {
        return Ok(());
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", WASM])
        .current_dir(super::process::root());
    run(add).map_err(|e| {
        format!("{e}\nThe Rust target {WASM} is missing; install it, with rustup: `rustup target add {WASM}`")
    })
}

/// A browser and the program that drives it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

/// Finds Chromium and its driver (`CHROME` and `CHROMEDRIVER` name them outright), installing
/// the distribution's packages when they are missing and this user may.
pub fn browser() -> Result<Browser> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    if find_program(&["apt-get"]).is_some() && is_root() {
        eprintln!("Chromium or its driver is missing: installing the distribution's packages.");
        let apt = |args: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
            run(command)
        };
        // An outdated mirror list is no reason to stop: the install says whether it worked.
        let _ = apt(&["update"]);
        apt(&["install", "-y", "chromium", "chromium-driver"])?;
    }
    find_browser().ok_or_else(|| {
        let missing = match (chromium(), driver()) {
            (None, None) => "Chromium and its driver are",
            (None, _) => "Chromium is",
            _ => "Chromium's driver is",
        };
        format!(
            "{missing} missing, and the browser tests need both, of the same version. Install them:\n  \
             Debian:  sudo apt-get update && sudo apt-get install -y chromium chromium-driver\n  \
             Ubuntu:  sudo snap install chromium   (it brings chromium.chromedriver)\n  \
             Fedora:  sudo dnf install chromium chromedriver\n  \
             Arch:    sudo pacman -S chromium\n  \
             macOS:   brew install --cask chromium chromedriver\n\
             or name programs that are elsewhere: CHROME=/path/to/chrome CHROMEDRIVER=/path/to/chromedriver"
        )
    })
}

fn find_browser() -> Option<Browser> {
    Some(Browser {
        chromium: chromium()?,
        driver: driver()?,
    })
}

fn chromium() -> Option<PathBuf> {
    let mac = PathBuf::from("/Applications/Chromium.app/Contents/MacOS/Chromium");
    named("CHROME")
        .or_else(|| {
            find_program(&[
                "chromium",
                "chromium-browser",
                "google-chrome",
                "google-chrome-stable",
                "chrome",
            ])
        })
        .or_else(|| mac.is_file().then_some(mac))
}

fn driver() -> Option<PathBuf> {
    named("CHROMEDRIVER").or_else(|| find_program(&["chromedriver", "chromium.chromedriver"]))
}

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}
