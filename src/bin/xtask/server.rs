//! A small static file server for this machine: `cargo xtask serve` and the browser tests use it.
//! It answers GET and HEAD for files under one folder, prefers their `.br` and `.gz` twins, and
//! never leaves the folder. One thread and one request per connection: plenty for a page.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// Where a page that is being worked on asks for the number of the newest build.
const VERSION_PATH: &str = "/__version";

/// Added to pages while sources are watched: asks for the build's number and reloads when it changes.
const RELOAD: &str = "<script>(() => { let seen; setInterval(async () => { try { \
    const now = await (await fetch('/__version')).text(); \
    if (seen !== undefined && now !== seen) location.reload(); seen = now; } catch {} }, 500); })()</script>";

pub struct Server {
    listener: TcpListener,
    dir: PathBuf,
    version: Option<Arc<AtomicU64>>,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 takes a free one. Fails when the port is in use.
    pub fn bind(dir: impl Into<PathBuf>, port: u16) -> io::Result<Server> {
        Ok(Server {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port))?,
            dir: dir.into(),
            version: None,
        })
    }

    /// Pages reload themselves when this number changes.
    pub fn reload_on(mut self, version: Arc<AtomicU64>) -> Server {
        self.version = Some(version);
        self
    }

    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the process ends.
    pub fn run(self) {
        let server = Arc::new(self);
        for stream in server.listener.incoming().flatten() {
            let server = server.clone();
            std::thread::spawn(move || {
                // The peer went away: nobody is left to tell.
                let _ = server.serve(stream);
            });
        }
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_write_timeout(Some(Duration::from_secs(30)))?;
        let request = match Request::read(&stream)? {
            Some(request) => request,
            None => return Ok(()),
        };
        let answer = self.answer(&request);
        let mut head = format!("HTTP/1.1 {}\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            answer.body.len()
        ));
        stream.write_all(head.as_bytes())?;
        if request.method != "HEAD" {
            stream.write_all(&answer.body)?;
        }
        stream.flush()
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.method != "GET" && request.method != "HEAD" {
            return Answer::text("405 Method Not Allowed", "only GET and HEAD");
        }
        let path = request.path();
        if let (VERSION_PATH, Some(version)) = (path, &self.version) {
            return Answer::text("200 OK", &version.load(Ordering::Relaxed).to_string())
                .with("Cache-Control", "no-store");
        }
        let Some(mut file) = file_for(&self.dir, path) else {
            return Answer::text("404 Not Found", "no such file");
        };
        if file.is_dir() {
            if !path.ends_with('/') {
                // Relative references of the page need the slash.
                let mut to = format!("{path}/");
                if let Some((_, query)) = request.target.split_once('?') {
                    to = format!("{to}?{query}");
                }
                return Answer::text("301 Moved Permanently", "").with("Location", &to);
            }
            file.push("index.html");
        }
        let kind = mime(&file);
        let is_page = kind.starts_with("text/html");
        let (file, encoding) = match (
            is_page && self.version.is_some(),
            compressed(&file, request),
        ) {
            (false, Some((twin, encoding))) => (twin, Some(encoding)),
            _ => (file, None),
        };
        let Ok(mut body) = std::fs::read(&file) else {
            return Answer::text("404 Not Found", "no such file");
        };
        if is_page && self.version.is_some() {
            body.extend_from_slice(RELOAD.as_bytes());
        }
        let tag = etag(&file, body.len());
        let mut answer = if request.header("if-none-match") == Some(&tag) {
            Answer::new("304 Not Modified", Vec::new())
        } else {
            Answer::new("200 OK", body)
        };
        answer = answer
            .with("Content-Type", kind)
            .with("ETag", &tag)
            .with("Vary", "Accept-Encoding")
            // Ask each time: a rebuilt page must never be mixed with an old one.
            .with("Cache-Control", "no-cache")
            .with("X-Content-Type-Options", "nosniff");
        match encoding {
            Some(encoding) => answer.with("Content-Encoding", encoding),
            None => answer,
        }
    }
}

struct Request {
    method: String,
    target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    /// Reads a request's head; `None` when it is none, or the connection was opened for later and closed.
    fn read(stream: &TcpStream) -> io::Result<Option<Request>> {
        let mut reader = BufReader::new(stream.take(16 * 1024));
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let (method, target) = (method.to_string(), target.to_string());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
            }
        }
        Ok(Some(Request {
            method,
            target,
            headers,
        }))
    }

    fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or("/")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name)?;
        Some(value)
    }

    fn accepts(&self, encoding: &str) -> bool {
        self.header("accept-encoding").is_some_and(|list| {
            list.split(',').any(|item| {
                let (name, q) = item.split_once(';').unwrap_or((item, ""));
                let refused = matches!(q.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
                name.trim() == encoding && !refused
            })
        })
    }
}

struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: &'static str, body: Vec<u8>) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body,
        }
    }

    fn text(status: &'static str, text: &str) -> Answer {
        Answer::new(status, text.as_bytes().to_vec())
            .with("Content-Type", "text/plain; charset=utf-8")
    }

    fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// The file or folder under `dir` that a request's path names, if it exists. Whatever could lead
/// out of the folder (`..`, a drive, a backslash, a link) names nothing.
fn file_for(dir: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decoded(path)?;
    let mut file = dir.to_path_buf();
    for part in decoded.strip_prefix('/')?.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part if part.contains(['\\', '\0', ':']) => return None,
            part => file.push(part),
        }
    }
    let inside = file.canonicalize().ok()?;
    inside.starts_with(dir.canonicalize().ok()?).then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b == b'%' {
            let hex = [rest.next()?, rest.next()?];
            let hex = std::str::from_utf8(&hex).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            bytes.push(b);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The compressed twin of a file that the client accepts, and its encoding.
fn compressed(file: &Path, request: &Request) -> Option<(PathBuf, &'static str)> {
    [("br", "br"), ("gz", "gzip")]
        .into_iter()
        .filter(|(_, encoding)| request.accepts(encoding))
        .map(|(ending, encoding)| {
            let mut name = file.as_os_str().to_owned();
            name.push(".");
            name.push(ending);
            (PathBuf::from(name), encoding)
        })
        .find(|(twin, _)| twin.is_file())
}

/// Changes whenever the file is written anew.
fn etag(file: &Path, len: usize) -> String {
    let modified = file
        .metadata()
        .and_then(|m| m.modified())
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |t| t.as_micros());
    format!("\"{len:x}-{modified:x}\"")
}

fn mime(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        // Browsers compile while they download only under this type.
        "wasm" => "application/wasm",
        "json" | "webmanifest" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "sql" | "slt" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
