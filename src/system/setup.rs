//! Lines of scenarios that build a cluster, the same for every system:
//!
//! ```text
//! \node NAME zone ZONE [address A] [disk 200MB] [net 125MB]
//! \dest URI [rate 300MB]
//! ```

use crate::base::{Error, ErrorKind, Result, Time};
use crate::cluster::{Cluster, Dest, Node};
use std::rc::Rc;

/// Runs `line` (without its backslash) if it is one of the common ones; false if it is not.
pub fn common(cluster: &mut Cluster, now: Time, line: &str) -> Result<bool> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["node", name, rest @ ..] => {
            cluster.nodes.push(Node {
                name: Rc::from(*name),
                address: Rc::from(option(rest, "address").unwrap_or(name)),
                zone: Rc::from(option(rest, "zone").unwrap_or("")),
                alive: true,
                epoch: 1,
                since: now,
                disk_rate: bytes_or(rest, "disk", 200_000_000)?,
                net_rate: bytes_or(rest, "net", 125_000_000)?,
                disk_slow: 1,
                net_slow: 1,
                side: 0,
                running: Vec::new(),
            });
            Ok(true)
        }
        ["dest", uri, rest @ ..] => {
            let rate = bytes_or(rest, "rate", 400_000_000)?;
            cluster.dests.push(Dest::new(Rc::from(*uri), rate));
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The word after `name` in `words`.
pub fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let at = words.iter().position(|w| *w == name)?;
    words.get(at + 1).copied()
}

/// The size after `name`, or `default`.
pub fn bytes_or(words: &[&str], name: &str, default: u64) -> Result<u64> {
    match option(words, name) {
        None => Ok(default),
        Some(text) => bytes(text)
            .ok_or_else(|| Error::new(ErrorKind::Command, format!("{text} is not a size"))),
    }
}

/// Reads `200MB`, `1.5GiB`, `4096`: decimal units count in thousands, the `i` ones in 1,024s.
pub fn bytes(text: &str) -> Option<u64> {
    let at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let scale: u64 = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let (whole, frac) = number.split_once('.').unwrap_or((number, ""));
    let mut total = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    if !frac.is_empty() {
        let unit = 10u64.checked_pow(u32::try_from(frac.len()).ok()?)?;
        total = total.checked_add(frac.parse::<u64>().ok()?.checked_mul(scale)? / unit)?;
    }
    Some(total)
}
