//! Runs cases: each in a browser of its own, on the page that `cargo xtask test browser` built.
//! `cargo xtask test browser -- NAME` runs those whose name contains NAME.

use crate::driver::{Driver, Error, Page, Result, Window};
use crate::server::Server;
use libtest_mimic::{Arguments, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// One test. The page is open, and empty: begin with [`Page::goto`].
pub struct Case {
    pub name: &'static str,
    pub window: Window,
    pub run: fn(&Page) -> Result,
}

/// A test on a desktop's window.
pub const fn case(name: &'static str, run: fn(&Page) -> Result) -> Case {
    case_on(Window::DESKTOP, name, run)
}

/// A test on a window of your choice.
pub const fn case_on(window: Window, name: &'static str, run: fn(&Page) -> Result) -> Case {
    Case { name, window, run }
}

pub fn main(cases: impl Iterator<Item = &'static Case>) -> ExitCode {
    let mut args = Arguments::from_args();
    if args.list {
        let trials = cases.map(|c| Trial::test(c.name, || Ok(()))).collect();
        return libtest_mimic::run(&args, trials).exit_code();
    }
    // More browsers at once than this only wait for each other, and time-outs grow.
    args.test_threads.get_or_insert(2);
    let site = match Site::start() {
        Ok(site) => Arc::new(site),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = cases
        .map(|case| {
            let site = site.clone();
            Trial::test(case.name, move || Ok(site.run(case)?))
        })
        .collect();
    // The driver ends with `site`, after the last test.
    libtest_mimic::run(&args, trials).exit_code()
}

struct Site {
    driver: Driver,
    url: String,
    pictures: PathBuf,
}

impl Site {
    fn start() -> Result<Site> {
        let variable = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).ok_or_else(|| {
                Error::new(format!(
                    "{name} is not set; run these tests with `cargo xtask test browser`"
                ))
            })
        };
        let scratch = variable("JOBSCOPE_SCRATCH")?;
        let server = Server::bind(variable("JOBSCOPE_PAGE")?, 0)?;
        let url = format!("http://{}/", server.addr()?);
        std::thread::spawn(|| server.run());
        Ok(Site {
            driver: Driver::start(&variable("CHROME")?, &variable("CHROMEDRIVER")?, &scratch)?,
            url,
            pictures: scratch.join("failed"),
        })
    }

    fn run(&self, case: &Case) -> Result {
        let page = self.driver.open(&self.url, &case.window)?;
        let result = (case.run)(&page);
        result.map_err(|error| {
            let picture = self.pictures.join(file_name(case.name));
            let shown = match page.screenshot(&picture) {
                Ok(()) => picture.display().to_string(),
                Err(e) => format!("none ({e})"),
            };
            Error::new(format!(
                "{error}\n--- picture ---\n{shown}\n{}",
                page.report()
            ))
        })
    }
}

fn file_name(name: &str) -> PathBuf {
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    Path::new(&name).with_extension("png")
}
