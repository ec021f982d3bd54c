//! The static file server behind `cargo xtask serve`.

#[path = "../src/bin/xtask/server.rs"]
mod server;

use server::Server;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder with a page, beside a file that must stay secret.
fn site(name: &str) -> std::path::PathBuf {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let site = dir.join("site");
    std::fs::create_dir_all(site.join("sub")).unwrap();
    for (file, text) in [
        ("secret.txt", "secret"),
        ("site/index.html", "<p>page</p>"),
        ("site/sub/index.html", "<p>sub</p>"),
        ("site/a b.txt", "blank"),
        ("site/app.wasm", "raw"),
        ("site/app.wasm.br", "small"),
        ("site/app.wasm.gz", "medium"),
    ] {
        std::fs::write(dir.join(file), text).unwrap();
    }
    site
}

fn start(server: Server) -> SocketAddr {
    let addr = server.addr().unwrap();
    std::thread::spawn(|| server.run());
    addr
}

/// The whole answer to a request with these headers (each with its line end).
fn ask(addr: SocketAddr, request: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn serves_files_with_their_types() {
    let addr = start(Server::bind(site("types"), 0).unwrap());
    for (request, status, part) in [
        ("GET /", "200", "<p>page</p>"),
        (
            "GET /?scenario=oceanbase",
            "200",
            "text/html; charset=utf-8",
        ),
        ("GET /index.html", "200", "<p>page</p>"),
        ("GET /sub/", "200", "<p>sub</p>"),
        ("GET /sub?x=1", "301", "Location: /sub/?x=1"),
        ("GET /a%20b.txt", "200", "blank"),
        ("GET /app.wasm", "200", "Content-Type: application/wasm"),
        ("GET /none", "404", ""),
        ("GET /__version", "404", ""),
        ("POST /", "405", ""),
    ] {
        let answer = ask(addr, request, "");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {answer}"
        );
        assert!(answer.contains(part), "{request}: {answer}");
    }
    let head = ask(addr, "HEAD /", "");
    assert!(
        head.contains("Content-Length: 11\r\n") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn never_leaves_its_folder() {
    let addr = start(Server::bind(site("traversal"), 0).unwrap());
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/..\\secret.txt",
        "/%5c..%5csecret.txt",
        "//../secret.txt",
        "/%00",
        "/%",
        "/%ff",
        "secret.txt",
    ] {
        let answer = ask(addr, &format!("GET {path}"), "");
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(!answer.ends_with("secret"), "{path}: {answer}");
    }
}

#[test]
fn gives_the_smallest_twin_that_is_accepted() {
    let addr = start(Server::bind(site("twins"), 0).unwrap());
    for (accepted, body) in [
        ("", "raw"),
        ("Accept-Encoding: gzip, deflate, br\r\n", "small"),
        ("Accept-Encoding: gzip\r\n", "medium"),
        ("accept-encoding: br;q=0, gzip;q=0.5\r\n", "medium"),
        ("Accept-Encoding: identity\r\n", "raw"),
    ] {
        let answer = ask(addr, "GET /app.wasm", accepted);
        assert!(
            answer.ends_with(&format!("\r\n\r\n{body}")),
            "{accepted}: {answer}"
        );
        assert!(
            answer.contains("Content-Type: application/wasm"),
            "{answer}"
        );
        assert_eq!(
            answer.contains("Content-Encoding"),
            body != "raw",
            "{answer}"
        );
    }
    let answer = ask(addr, "GET /app.wasm", "");
    let tag = answer
        .lines()
        .find_map(|l| l.strip_prefix("ETag: "))
        .unwrap();
    let again = ask(addr, "GET /app.wasm", &format!("If-None-Match: {tag}\r\n"));
    assert!(again.starts_with("HTTP/1.1 304 "), "{again}");
}

#[test]
fn pages_reload_on_a_new_version() {
    let version = Arc::new(AtomicU64::new(7));
    let server = Server::bind(site("version"), 0).unwrap();
    let addr = start(server.reload_on(version.clone()));
    assert!(ask(addr, "GET /", "").contains("/__version"));
    assert!(ask(addr, "GET /__version", "").ends_with("\r\n\r\n7"));
    version.store(8, Ordering::Relaxed);
    assert!(ask(addr, "GET /__version", "").ends_with("\r\n\r\n8"));
}

#[test]
fn a_port_in_use_is_an_error() {
    let first = Server::bind(site("port"), 0).unwrap();
    let port = first.addr().unwrap().port();
    let second = Server::bind(site("port"), port).err().unwrap();
    assert_eq!(second.kind(), std::io::ErrorKind::AddrInUse);
}
