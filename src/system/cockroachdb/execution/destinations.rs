//! Where backups and imports lie: URIs, their nodes, and what a collection holds.

use super::super::grammar::{OptValue, Options, TextArg};
use super::super::jobs::BackupSet;
use super::super::{Cockroach, Cx, errors};
use super::Call;
use crate::base::{Error, ErrorKind, Result, Value};
use crate::cluster::{Cluster, Dest, DestIx};
use std::rc::Rc;

/// Schemes that the product can write to.
const SCHEMES: [&str; 11] = [
    "nodelocal",
    "s3",
    "gs",
    "azure",
    "azure-blob",
    "azure-storage",
    "http",
    "https",
    "userfile",
    "external",
    "null",
];

/// A place at a destination.
pub struct Place {
    pub dest: DestIx,
    /// Below the destination, without slashes at its ends.
    pub path: String,
}

impl Cockroach {
    /// The text of an argument; placeholders take the statement's values.
    pub(crate) fn text_arg(&self, call: &Call, arg: &TextArg) -> Result<String> {
        match arg {
            TextArg::Text(text) => Ok(text.value.clone()),
            TextArg::Placeholder { number, .. } => {
                let value = usize::from(*number)
                    .checked_sub(1)
                    .and_then(|i| call.args.get(i));
                match value {
                    Some(Value::Text(t)) => Ok(t.to_string()),
                    Some(other) => Ok(crate::query::Format::PLAIN.text(other).unwrap_or_default()),
                    None => Err(errors::wrong(
                        format!("no value provided for placeholder: ${number}"),
                        "42P02",
                    )),
                }
            }
        }
    }

    /// The text of an option, whether it is written as a string or as an expression.
    pub(crate) fn option_text(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        options: &Options,
        name: &str,
    ) -> Result<Option<String>> {
        Ok(match options.get(name).map(|o| &o.value) {
            Some(OptValue::Text(arg)) => Some(self.text_arg(call, arg)?),
            Some(OptValue::Expr(scalar)) => Some(self.scalar_text(cx, call, scalar)?),
            _ => None,
        })
    }

    pub(crate) fn text_args(&self, call: &Call, args: &[TextArg]) -> Result<Vec<String>> {
        args.iter().map(|a| self.text_arg(call, a)).collect()
    }

    /// The place that a URI names. A destination that nobody has named before comes to be, as a
    /// bucket answers to whoever writes to it.
    pub(crate) fn place(&self, cx: &mut Cx, uri: &str) -> Result<Place> {
        let bare = uri.split(['?', '#']).next().unwrap_or(uri);
        let Some((scheme, rest)) = bare.split_once("://") else {
            return Err(Error::new(
                ErrorKind::Name,
                format!("unsupported storage scheme: \"\" - refer to docs to find supported storage schemes (in \"{uri}\")"),
            )
            .sqlstate("XXUUU"));
        };
        if !SCHEMES.contains(&scheme) {
            return Err(Error::new(
                ErrorKind::Name,
                format!("unsupported storage scheme: \"{scheme}\" - refer to docs to find supported storage schemes"),
            )
            .sqlstate("XXUUU"));
        }
        let bare = bare.trim_end_matches('/');
        if let Some(found) = known_place(cx.cluster, bare) {
            return Ok(found);
        }
        // The first part of the path is the bucket, or the node and its folder.
        let mut parts = rest.trim_end_matches('/').splitn(3, '/');
        let host = parts.next().unwrap_or("");
        let folder = parts
            .next()
            .filter(|_| scheme == "nodelocal" || scheme == "external");
        let root = match folder {
            Some(folder) => format!("{scheme}://{host}/{folder}"),
            None => format!("{scheme}://{host}"),
        };
        let dest = DestIx(
            cx.cluster
                .dests
                .push(Dest::new(Rc::from(root.as_str()), 400_000_000)) as u16,
        );
        cx.cluster.changes += 1;
        Ok(Place {
            dest,
            path: below(bare, &root).unwrap_or_default(),
        })
    }

    /// Finished backups under a place, oldest first: full ones and their increments.
    pub(crate) fn backups_at(&self, cluster: &Cluster, place: &Place) -> Vec<&BackupSet> {
        self.backups
            .iter()
            .filter(|b| b.dest == place.dest && starts_with_path(&b.path, &place.path))
            .filter(|b| {
                cluster
                    .file(b.manifest)
                    .is_some_and(|f| f.deleted.is_none())
            })
            .collect()
    }

    pub(crate) fn dest_uri(cluster: &Cluster, place: &Place) -> String {
        let root = cluster.dest(place.dest).map_or("", |d| &d.uri);
        if place.path.is_empty() {
            root.to_string()
        } else {
            format!("{root}/{}", place.path)
        }
    }
}

/// A destination that is the URI, or that the URI lies below; the longest one.
fn known_place(cluster: &Cluster, bare: &str) -> Option<Place> {
    cluster
        .dests
        .enumerate()
        .filter_map(|(i, d)| Some((i, d.uri.len(), below(bare, &d.uri)?)))
        .max_by_key(|(_, length, _)| *length)
        .map(|(i, _, path)| Place {
            dest: DestIx(i as u16),
            path,
        })
}

/// The path of `uri` below `root`, if it lies there.
fn below(uri: &str, root: &str) -> Option<String> {
    let rest = uri.strip_prefix(root.trim_end_matches('/'))?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    Some(rest.trim_matches('/').to_string())
}

pub fn starts_with_path(path: &str, prefix: &str) -> bool {
    prefix.is_empty()
        || path == prefix
        || path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Joins two parts of a path.
pub fn join(a: &str, b: &str) -> String {
    let (a, b) = (a.trim_matches('/'), b.trim_matches('/'));
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.to_string(),
        (_, true) => a.to_string(),
        _ => format!("{a}/{b}"),
    }
}

/// A URI as descriptions show it: the password and the values of secret parameters are gone, and
/// the parameters are in order, as the product's library writes them. reference 8.3
pub fn redacted(uri: &str) -> String {
    let (head, query) = uri.split_once('?').unwrap_or((uri, ""));
    let user = head.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.split_once('@')?;
        Some((scheme, user.split_once(':')?.0, host))
    });
    let head = match user {
        Some((scheme, user, host)) => format!("{scheme}://{user}:redacted@{host}"),
        None => head.to_string(),
    };
    if query.is_empty() {
        return head;
    }
    let mut shown: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}=redacted"),
            _ => pair.to_string(),
        })
        .collect();
    crate::base::sort::sort(&mut shown);
    format!("{head}?{}", shown.join("&"))
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["SECRET", "TOKEN", "PASSWORD", "CREDENTIALS", "ACCOUNT_KEY"]
        .iter()
        .any(|word| upper.contains(word))
}
