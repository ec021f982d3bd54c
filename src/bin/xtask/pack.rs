//! The static site in `dist/`, compressed, and the size of a first visit.

use super::Result;
use super::page::{self, Build, PROGRAMS};
use super::process::{files_under, read, root, write};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// What a first visit may download, in bytes after Brotli (DESIGN 7).
pub const BUDGET: usize = 450_000;

/// Below this a compressed twin is not worth a file.
const WORTH: usize = 1024;

pub fn dist() -> Result {
    let out = root().join("dist");
    page::build(Build::Release, &out)?;
    for name in files_under(&out) {
        let bytes = read(&out.join(&name))?;
        if bytes.len() < WORTH || !compressible(&name) {
            continue;
        }
        for (ending, small) in [("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)] {
            if small.len() < bytes.len() {
                let file = format!("{}.{ending}", name.display());
                write(&out.join(file), &small)?;
            }
        }
    }
    println!("The site is in {}", out.display());
    Ok(())
}

pub fn size() -> Result {
    let out = page::folder(Build::Release);
    page::build(Build::Release, &out)?;
    report(&out, BUDGET)
}

/// Prints what a first visit to the page in `site` downloads, once for each program; an error when
/// one is above `limit`.
pub fn report(site: &Path, limit: usize) -> Result {
    let mut above = Vec::new();
    for program in PROGRAMS {
        println!("A first visit that shows {program}:");
        println!("{:>10} {:>10} {:>10}  file", "raw", "gzip", "brotli");
        let mut total = [0usize; 3];
        let files = first_visit(site, program)?;
        let module = format!("pkg/{}_bg.wasm", page::file_name(program));
        if !files.contains(Path::new(&module)) {
            return Err(format!("no visit that shows {program} loads {module}"));
        }
        for name in files {
            let bytes = read(&site.join(&name))?;
            let mut sizes = [bytes.len(); 3];
            if compressible(&name) {
                sizes[1] = gzip(&bytes)?.len().min(bytes.len());
                sizes[2] = brotli(&bytes)?.len().min(bytes.len());
            }
            let [raw, gz, br] = sizes;
            println!("{raw:>10} {gz:>10} {br:>10}  {}", name.display());
            for (sum, size) in total.iter_mut().zip(sizes) {
                *sum += size;
            }
        }
        let [raw, gz, br] = total;
        println!("{raw:>10} {gz:>10} {br:>10}  total");
        let (word, apart) = match br > BUDGET {
            true => ("above", br - BUDGET),
            false => ("below", BUDGET - br),
        };
        println!("{br} bytes after Brotli: {apart} {word} the budget of {BUDGET}\n");
        if br > limit {
            above.push(format!("{br} bytes for {program}"));
        }
    }
    match above.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "a first visit downloads {}; the limit is {limit}",
            above.join(" and ")
        )),
    }
}

/// The files that opening `index.html` on a scenario of `program` loads: what its tags name, what
/// these scripts import and these style sheets refer to, and so on. A link that must be clicked is
/// not followed, nor is another program.
pub fn first_visit(site: &Path, program: &str) -> Result<BTreeSet<PathBuf>> {
    let is_other = |file: &Path| {
        let of = |other: &str| {
            let name = page::file_name(other);
            let files = [format!("pkg/{name}.js"), format!("pkg/{name}_bg.wasm")];
            other != program && files.iter().any(|name| file == Path::new(name))
        };
        PROGRAMS.into_iter().any(of)
    };
    let mut found = BTreeSet::new();
    let mut open = vec![PathBuf::from("index.html")];
    while let Some(name) = open.pop() {
        if !found.insert(name.clone()) {
            continue;
        }
        let bytes = read(&site.join(&name))?;
        let text = String::from_utf8_lossy(&bytes);
        let references = match extension(&name) {
            "html" => html_references(&text),
            "js" | "mjs" => js_references(&text),
            "css" => css_references(&text),
            _ => Vec::new(),
        };
        for reference in references {
            // A reference that is no file of the site is external, or not a path at all.
            if let Some(file) = resolve(&name, reference)
                && site.join(&file).is_file()
                && !is_other(&file)
            {
                open.push(file);
            }
        }
    }
    Ok(found)
}

/// Values of `src` and `href` of the tags that load something, and what inline scripts and styles name.
fn html_references(text: &str) -> Vec<&str> {
    let mut found = js_references(text);
    found.extend(css_references(text));
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split_whitespace().next().unwrap_or_default();
        if ["script", "link", "img", "source", "iframe"].contains(&name) {
            found.extend(quoted_after(tag, "src="));
            found.extend(quoted_after(tag, "href="));
        }
    }
    found
}

fn js_references(text: &str) -> Vec<&str> {
    ["from", "import", "import(", "new URL(", "fetch("]
        .iter()
        .flat_map(|word| quoted_after(text, word))
        .collect()
}

fn css_references(text: &str) -> Vec<&str> {
    let mut found = quoted_after(text, "@import");
    found.extend(quoted_after(text, "url("));
    found.extend(
        text.split("url(")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|path| !path.starts_with(['"', '\''])),
    );
    found
}

/// What stands in quotes right after each `word`.
fn quoted_after<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    text.split(word)
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|c| "\"'`".contains(*c))?;
            rest[1..].split(quote).next()
        })
        .collect()
}

/// The file that a relative reference in `from` means.
fn resolve(from: &Path, reference: &str) -> Option<PathBuf> {
    let reference = reference.split(['?', '#']).next()?;
    if reference.is_empty() || reference.contains(':') || reference.starts_with('/') {
        return None;
    }
    let mut file = from.parent()?.to_path_buf();
    for part in Path::new(reference).components() {
        match part {
            Component::Normal(name) => file.push(name),
            Component::ParentDir => {
                file.pop();
            }
            _ => {}
        }
    }
    Some(file)
}

fn extension(name: &Path) -> &str {
    name.extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
}

fn compressible(name: &Path) -> bool {
    [
        "html", "js", "mjs", "css", "wasm", "svg", "json", "txt", "md", "sql", "ts",
    ]
    .contains(&extension(name))
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|e| format!("gzip: {e}"))
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)
        .map_err(|e| format!("Brotli: {e}"))?;
    Ok(out)
}
