//! A destination by its URI: `oss://bucket/path?host=…&access_id=…&access_key=…&delete_mode=tagging`
//! (reference: oceanbase-backup 2.3, 4.3, 5; V4.2.5 documentation of log archiving and data backup).
//!
//! What the reference does not say is the public server source's (`ob_storage_info.cpp` and
//! `ob_backup_struct.cpp`, 4.2): which parameters must be there and which must not, and that path and
//! host together name a place, the others say how to go there and what to do.

use super::super::model::{Storage, Tenant};
use super::super::{Cx, errors};
use crate::base::{Error, Result, StateHasher};
use crate::cluster::{Dest, DestIx};
use std::rc::Rc;

/// What a URI says.
pub struct Location {
    /// `oss://bucket/path?host=…`: what views show as PATH, and by which places are told apart.
    pub path: Rc<str>,
    /// `access_id=…&encrypt_key=…`; empty for a directory.
    pub authorization: Rc<str>,
    /// `appid=…&delete_mode=tagging`: what else was given, in that order.
    pub extension: Rc<str>,
}

impl Location {
    /// The whole of it as the server keeps and shows it: with the key encrypted.
    pub fn value(&self) -> String {
        let parts = [&*self.path, &*self.authorization, &*self.extension];
        let mut given = parts.into_iter().filter(|p| !p.is_empty());
        let mut text = given.next().unwrap_or("").to_owned();
        for part in given {
            text.push('&');
            text.push_str(part);
        }
        text
    }
}

fn invalid() -> Error {
    errors::state(9026, "backup destination is not valid")
}

const SCHEMES: [&str; 5] = ["file:///", "oss://", "cos://", "s3://", "obs://"];

/// Reads a URI; nobody has gone there yet.
pub fn locate(uri: &str) -> Result<Location> {
    if uri.contains("encrypt_key=") {
        return Err(errors::state(
            9026,
            "backup destination contains encrypt_key, which is not valid",
        ));
    }
    let (root, parameters) = uri.split_once('?').unwrap_or((uri, ""));
    let root = root.trim_end_matches('/');
    let scheme = SCHEMES
        .into_iter()
        .find(|s| root.starts_with(s) && root.len() > s.len())
        .ok_or_else(invalid)?;
    let directory = scheme == "file:///";
    // The documentation forbids `?` in a directory's name; the code what follows it.
    if directory && !parameters.is_empty() {
        return Err(invalid());
    }
    let mut fields = [String::new(), String::new(), String::new(), String::new()];
    let mut appid = false;
    for word in parameters.split('&') {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let field = match name {
            "host" => 0,
            "access_id" => 1,
            "access_key" => 2,
            "delete_mode" if !matches!(value, "delete" | "tagging") => {
                return Err(errors::invalid_argument());
            }
            "delete_mode" | "s3_region" | "appid" => 3,
            // Others are read over.
            _ => continue,
        };
        appid |= name == "appid" && !value.is_empty();
        if let Some(field) = fields.get_mut(field).filter(|_| !value.is_empty()) {
            if !field.is_empty() {
                field.push('&');
            }
            field.push_str(word);
        }
    }
    let [host, id, key, extension] = fields;
    if directory {
        return Ok(Location {
            path: Rc::from(root),
            authorization: Rc::from(""),
            extension: Rc::from(""),
        });
    }
    let missing = host.is_empty() || id.is_empty() || key.is_empty();
    if missing || (scheme == "cos://" && !appid) {
        return Err(invalid());
    }
    Ok(Location {
        path: Rc::from([root, "?", host.as_str()].concat()),
        authorization: Rc::from(format!("{id}&encrypt_key={}", encrypted(&key))),
        extension: Rc::from(extension),
    })
}

/// Stands for the product's AES with a key of the cluster's own: blocks of 16 bytes as upper-case
/// hexadecimal digits, the last one filled up, the same for the same key. Never the key itself.
fn encrypted(key: &str) -> String {
    let bytes = key.len().saturating_sub("access_key=".len());
    let halves = (bytes / 16 + 1) as u64 * 2;
    (0..halves)
        .map(|n| format!("{:016X}", StateHasher::of(&(n, key))))
        .collect()
}

/// The destination at a place; one that nobody has named before comes into being, as a directory or
/// bucket prefix does.
pub fn destination(cx: &mut Cx, at: &Location) -> Result<DestIx> {
    let found = cx.cluster.dests.enumerate().find(|(_, d)| d.uri == at.path);
    let ix = match found {
        Some((i, _)) => i,
        None => cx
            .cluster
            .dests
            .push(Dest::new(at.path.clone(), 400_000_000)),
    };
    let ix = DestIx(u16::try_from(ix).unwrap_or(u16::MAX));
    if cx.cluster.dest(ix).is_some_and(|d| d.unreachable) {
        return Err(errors::state(9070, "can not connect to backup destination"));
    }
    Ok(ix)
}

/// A tenant's id for a destination. Its row of STORAGE_INFO is written with the format file, when
/// the place is first set, and stays: a later SET with other parameters changes what the tenant's
/// parameter shows, not the row (public source, 4.2: `ObBackupDestMgr::write_format_file`).
pub fn register(t: &mut Tenant, at: &Location, dest: DestIx, data: bool) -> i64 {
    if let Some(known) = t.storages.iter().find(|s| s.path == at.path) {
        return known.id;
    }
    let id = t.next_dest;
    t.next_dest += 1;
    // In the order of the table's key.
    let place = t.storages.iter().take_while(|s| s.path < at.path).count();
    t.storages.insert(
        place,
        Storage {
            dest,
            id,
            path: at.path.clone(),
            data,
            authorization: at.authorization.clone(),
            extension: at.extension.clone(),
        },
    );
    id
}
