//! `cargo xtask serve`: build the page, serve it, and if asked build it again on each change.

use super::Result;
use super::page::{self, Build};
use super::process::{files_under, root};
use super::server::Server;
use std::io::{ErrorKind, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

pub fn run(args: &[String]) -> Result {
    let (mut port, mut open, mut watch) = (8080u16, false, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--open" => open = true,
            "--watch" => watch = true,
            "--port" => {
                port = args
                    .next()
                    .and_then(|n| n.parse().ok())
                    .ok_or("--port needs a number from 0 to 65535 (0: any free port)")?;
            }
            other => return Err(format!("`serve` does not understand `{other}`")),
        }
    }
    let build = if watch { Build::Quick } else { Build::Release };
    let folder = page::folder(build);
    let version = Arc::new(AtomicU64::new(0));
    // Taken before the build, so that a port in use is told at once and not minutes later.
    let mut server = Server::bind(&folder, port).map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is in use by another program; choose another one: \
             cargo xtask serve --port {}",
            port.checked_add(1).unwrap_or(8080)
        ),
        _ => format!("can't listen on port {port}: {e}"),
    })?;
    let before = watch.then(sources);
    page::build(build, &folder)?;

    let addr = server.addr().map_err(|e| e.to_string())?;
    let url = format!("http://{addr}/");
    println!("{url}");
    std::io::stdout().flush().ok();
    if open && let Err(message) = open_browser(&url) {
        eprintln!("{message}");
    }
    if let Some(before) = before {
        server = server.reload_on(version.clone());
        std::thread::spawn(move || rebuild_on_change(before, &version));
    }
    server.run();
    Ok(())
}

fn rebuild_on_change(mut seen: Sources, version: &AtomicU64) {
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = sources();
        if now == seen {
            continue;
        }
        seen = now;
        match page::build(Build::Quick, &page::folder(Build::Quick)) {
            Ok(()) => {
                version.fetch_add(1, Ordering::Relaxed);
                eprintln!("built; open pages reload");
            }
            Err(message) => eprintln!("error: {message}"),
        }
    }
}

/// When something that the page is built from was last written, and how many files these are:
/// one that is removed changes only the latter.
type Sources = (Option<SystemTime>, usize);

fn sources() -> Sources {
    let root = root();
    let mut files: Vec<_> = ["index.html", "Cargo.toml", "Cargo.lock"]
        .map(|name| root.join(name))
        .into();
    for dir in ["src", "www"].map(|dir| root.join(dir)) {
        files.extend(files_under(&dir).into_iter().map(|file| dir.join(file)));
    }
    let newest = files
        .iter()
        .filter_map(|file| file.metadata().ok()?.modified().ok())
        .max();
    (newest, files.len())
}

fn open_browser(url: &str) -> Result {
    let (program, args): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start"])
    } else {
        ("xdg-open", &[])
    };
    Command::new(program)
        .args(args)
        .arg(url)
        .spawn()
        .map(drop)
        .map_err(|e| format!("can't open a browser with `{program}`: {e}; open {url} yourself"))
}
