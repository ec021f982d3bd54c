//! Requests and answers of the WebDriver protocol.

use super::{Error, Result};
use serde_json::Value;
use std::fmt::Display;
use std::io::Read;
use std::path::Path;

/// One request of the protocol. Its errors come as JSON with a text for people.
pub fn call(agent: &ureq::Agent, method: &str, url: &str, body: &Value) -> Result<Value> {
    let failed = |e: &dyn Display| Error(format!("{method} {url}: {e}"));
    let mut response = match method {
        "GET" => agent.get(url).call(),
        "DELETE" => agent.delete(url).call(),
        _ => agent
            .post(url)
            .content_type("application/json; charset=utf-8")
            .send(body.to_string()),
    }
    .map_err(|e| failed(&e))?;
    let ok = response.status().is_success();
    let mut text = String::new();
    response
        .body_mut()
        .as_reader()
        .read_to_string(&mut text)
        .map_err(|e| failed(&e))?;
    let mut answer: Value = serde_json::from_str(&text).map_err(|e| failed(&e))?;
    let value = answer["value"].take();
    if ok {
        return Ok(value);
    }
    // The text goes on with the driver's own stack.
    let message = value["message"].as_str().unwrap_or(&text);
    let message = message.split("\nStacktrace").next().unwrap_or(message);
    Err(Error(message.trim().to_string()))
}

pub fn string(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub fn save_png(file: &Path, base64: &str) -> Result {
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    Ok(std::fs::write(file, decode_base64(base64)?)?)
}

fn decode_base64(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err("the driver's picture is not in base64".into()),
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Ok(bytes)
}
