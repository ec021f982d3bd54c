//! `\files`: what lies at a destination.

use super::console::Outcome;
use crate::base::{Error, ErrorKind, Time};
use crate::cluster::{Cluster, DestIx, FileState};

/// A listing is cut here, with a notice.
const MAX_FILES: usize = 500;

/// What a tagged object says of itself.
const TAG: &str = "  delete_mode=tagging";

/// The destination that `uri` names: its whole URI, or what can only mean one.
pub fn destination(cluster: &Cluster, uri: &str) -> Result<DestIx, Error> {
    let mut found = cluster.dests.enumerate().filter(|(_, d)| &*d.uri == uri);
    if let Some((i, _)) = found.next() {
        return Ok(DestIx(i as u16));
    }
    let near: Vec<usize> = cluster
        .dests
        .enumerate()
        .filter(|(_, d)| d.uri.contains(uri))
        .map(|(i, _)| i)
        .collect();
    match near.as_slice() {
        [one] => Ok(DestIx(*one as u16)),
        _ => {
            let known: Vec<&str> = cluster.dests.iter().map(|d| &*d.uri).collect();
            Err(
                Error::new(ErrorKind::Command, format!("no destination {uri}"))
                    .hint(format!("destinations: {}", known.join(", "))),
            )
        }
    }
}

pub fn listing(cluster: &Cluster, now: Time, uri: Option<&str>) -> Result<Outcome, Error> {
    let only = uri.map(|u| destination(cluster, u)).transpose()?;
    let mut out = String::new();
    for (i, dest) in cluster.dests.enumerate() {
        let ix = DestIx(i as u16);
        if only.is_some_and(|o| o != ix) {
            continue;
        }
        let mut files: Vec<_> = cluster.files_at(ix).collect();
        crate::base::sort::sort_by(&mut files, |(_, a), (_, b)| a.path.cmp(&b.path));
        let mut state = String::new();
        if dest.full {
            state.push_str(" · full");
        }
        if dest.unreachable {
            state.push_str(" · unreachable");
        }
        out.push_str(&format!("{}{state}: {} files\n", dest.uri, files.len()));
        let shown = files.len().min(MAX_FILES);
        let wide = files
            .iter()
            .take(shown)
            .map(|(_, f)| f.path.chars().count())
            .max()
            .unwrap_or(0);
        for (file, f) in files.iter().take(shown) {
            let job = f
                .job
                .and_then(|j| cluster.job(j))
                .map_or("-".to_owned(), |j| j.id.to_string());
            let pad = wide - f.path.chars().count();
            // A tag stands beside the state, as key and value.
            let (state, tag) = match f.state {
                FileState::Tagged { whole: true } => (FileState::Complete, TAG),
                FileState::Tagged { whole: false } => (FileState::Incomplete, TAG),
                state => (state, ""),
            };
            out.push_str(&format!(
                "  {}{:pad$}  {:>14}  {:<10}  job {job}{tag}\n",
                f.path,
                "",
                cluster.file_held(*file, now),
                state.name(),
            ));
        }
        if files.len() > shown {
            out.push_str(&format!("  … and {} more\n", files.len() - shown));
        }
    }
    Ok(Outcome::text(out.trim_end()))
}
