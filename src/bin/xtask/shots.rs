//! `cargo xtask shots`: pictures of the page, to look at.

use super::driver::{Driver, SECONDS, Window};
use super::page::{self, Build};
use super::process::target;
use super::server::Server;
use super::{Result, setup};
use std::time::Duration;

const WINDOWS: [(&str, Window); 3] = [
    ("desktop", Window::DESKTOP),
    ("phone", Window::PHONE),
    ("dark", Window::DESKTOP.dark()),
];

struct Options {
    page: String,
    only: Option<String>,
    name: String,
    wait: Duration,
    at: String,
    lines: Vec<String>,
}

pub fn run(args: &[String]) -> Result {
    let options = parse(args)?;
    let browser = setup::browser()?;
    let folder = page::folder(Build::Release);
    page::build(Build::Release, &folder)?;
    let server = Server::bind(&folder, 0).map_err(|e| e.to_string())?;
    let url = format!("http://{}/", server.addr().map_err(|e| e.to_string())?);
    std::thread::spawn(|| server.run());

    let driver = Driver::start(
        &browser.chromium,
        &browser.driver,
        &target().join("browser"),
    )?;
    for (window_name, window) in &WINDOWS {
        if options.only.as_deref().is_some_and(|o| o != *window_name) {
            continue;
        }
        let page = driver.open(&url, window)?;
        page.goto(&options.page)?;
        if !options.lines.is_empty() {
            page.wait_for(&options.at, SECONDS(20))?;
        }
        for line in &options.lines {
            page.enter(&options.at, line)?;
        }
        std::thread::sleep(options.wait);
        let name = format!("{}{window_name}.png", options.name);
        let file = target().join("shots").join(name);
        page.screenshot(&file)?;
        println!("{}", file.display());
        for entry in page.console()? {
            println!("  console: {} {}", entry.level, entry.message);
        }
    }
    Ok(())
}

fn parse(args: &[String]) -> Result<Options> {
    let mut options = Options {
        page: String::new(),
        only: None,
        name: String::new(),
        wait: SECONDS(2),
        at: "textarea".to_string(),
        lines: Vec::new(),
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next()
                .cloned()
                .ok_or_else(|| format!("`{arg}` needs a value"))
        };
        match arg.as_str() {
            "--page" => options.page = value()?,
            "--name" => options.name = format!("{}-", value()?),
            "--at" => options.at = value()?,
            "--wait" => {
                let seconds = value()?.parse::<f64>().ok();
                options.wait = seconds
                    .and_then(|s| Duration::try_from_secs_f64(s).ok())
                    .ok_or("--wait needs seconds, for example 2.5")?;
            }
            "--only" => {
                let only = value()?;
                if !WINDOWS.iter().any(|(name, _)| *name == only) {
                    return Err("--only needs desktop, phone or dark".to_string());
                }
                options.only = Some(only);
            }
            line if !line.starts_with("--") => options.lines.push(line.to_string()),
            other => return Err(format!("`shots` does not understand `{other}`")),
        }
    }
    Ok(options)
}
