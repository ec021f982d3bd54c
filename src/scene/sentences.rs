//! The picture in words: what a card says, and what a screen reader is told of each part.

use super::draw::{done, family, ppm};
use super::layout::Hit;
use super::words::{bytes, clock, count, end_of_id, percent, span, thousands};
use crate::playground::View;
use crate::playground::view::{
    Family, FileGroupView, JobView, NodeView, PollView, SpaceView, StoreView, WorkView,
};

fn node_name(view: &View, ix: u16) -> &str {
    let found = view.nodes.iter().find(|n| n.ix == ix);
    found.map_or("?", |n| n.name.as_str())
}

/// How a job is named in lists: its id, with the tenant where ids repeat.
pub fn job_name(view: &View, job: &JobView, narrow: bool) -> String {
    let repeats = view
        .jobs
        .iter()
        .any(|other| other.tenant != job.tenant && !other.tenant.is_empty());
    let digits = if narrow { 4 } else { 6 };
    let id = end_of_id(&job.id, digits);
    if repeats {
        format!("{}/{id}", job.tenant)
    } else {
        id
    }
}

/// The loop that a job waits for before anything happens to it, with the node.
pub fn awaited<'a>(view: &'a View, job: &JobView) -> Option<(&'a NodeView, &'a PollView)> {
    let waits = match family(job.family) {
        Family::Requested => true,
        // Recorded, or asked to stop: nobody has taken it up yet.
        Family::Pending | Family::Undoing => job.phase.is_none(),
        _ => false,
    };
    if !waits {
        return None;
    }
    let nodes = view.nodes.iter().filter(|n| n.alive);
    nodes
        .filter(|n| job.claimed_by.is_none_or(|ix| ix == n.ix))
        .flat_map(|n| n.polls.iter().map(move |p| (n, p)))
        .filter(|(_, p)| p.awaited)
        .min_by_key(|(_, p)| p.next_us)
}

/// The line below a job's status: who has it, and what it waits for or does.
pub fn job_line(view: &View, job: &JobView, now_us: u64) -> String {
    if let Some(at) = job.finished_us.filter(|_| job.terminal) {
        return format!("ended {} ago", span(now_us.saturating_sub(at)));
    }
    if let Some((node, poll)) = awaited(view, job) {
        return format!(
            "waits for {}’s {}, ≤ {}",
            node.name,
            poll.name,
            span(poll.next_us.saturating_sub(now_us))
        );
    }
    if !job.note.is_empty() {
        return job.note.clone();
    }
    let mut parts = Vec::new();
    if let Some(ix) = job.claimed_by {
        parts.push(format!("claimed by {}", node_name(view, ix)));
    }
    if let Some(phase) = &job.phase {
        let what = match phase.direction {
            "forward" => percent(phase.ppm),
            _ => format!("{} undone", percent(phase.ppm)),
        };
        parts.push(what);
        if let Some(eta) = phase.eta_us {
            parts.push(format!("{} left", span(eta.saturating_sub(now_us))));
        }
    } else if parts.is_empty() {
        let since = span(now_us.saturating_sub(job.since_us));
        parts.push(format!("for {since}, nobody works on it"));
    } else {
        parts.push(format!("for {}", span(now_us.saturating_sub(job.since_us))));
    }
    parts.join(" · ")
}

/// The same in a few words, for a card: when, or how far.
pub fn job_short(view: &View, job: &JobView, now_us: u64, narrow: bool) -> String {
    if let Some(at) = job.finished_us.filter(|_| job.terminal) {
        return format!("{} ago", span(now_us.saturating_sub(at)));
    }
    if let Some((_, poll)) = awaited(view, job) {
        let left = poll.next_us.saturating_sub(now_us);
        // Beside `cancel-requested` a narrow card has room for whole seconds, rounded as `span` does.
        return if narrow {
            format!("{} s", left.saturating_add(500_000) / 1_000_000)
        } else {
            format!("≤ {}", span(left))
        };
    }
    match &job.phase {
        Some(phase) => {
            let part = match phase.direction {
                "forward" => percent(phase.ppm),
                _ => format!("{} left", percent(1_000_000 - phase.ppm.min(1_000_000))),
            };
            match phase.eta_us.filter(|_| !narrow) {
                Some(eta) => format!("{part} · {}", span(eta.saturating_sub(now_us))),
                None => part,
            }
        }
        None => format!("for {}", span(now_us.saturating_sub(job.since_us))),
    }
}

/// A job in one sentence.
pub fn job(view: &View, job: &JobView, now_us: u64) -> String {
    format!(
        "{}, job {}, {}; {}",
        job.title,
        job.id,
        job.status,
        job_line(view, job, now_us)
    )
}

/// `cancel loop in 3.4 s`, and that it is waited for.
pub fn poll(poll: &PollView, now_us: u64) -> String {
    let left = span(poll.next_us.saturating_sub(now_us));
    if poll.awaited {
        format!("{} in {left}: a request waits", poll.name)
    } else {
        format!("{} in {left}", poll.name)
    }
}

/// `57 %`, or what is left of something that is undone.
pub fn work(work: &WorkView, view_us: u64, now_us: u64) -> String {
    let part = ppm(done(work, view_us, now_us), work.amount);
    match work.direction {
        "forward" => percent(part),
        _ => format!("{} left", percent(1_000_000 - part)),
    }
}

/// Faults of a node, or its zone if it has none.
pub fn node_state(view: &View, node: &NodeView, now_us: u64) -> String {
    let mut parts = Vec::new();
    if !node.alive {
        let down = span(now_us.saturating_sub(node.since_us));
        parts.push(format!("down for {down}"));
    }
    if view.nodes.iter().any(|n| n.side != node.side) {
        let side = char::from(b'A' + node.side.min(25));
        parts.push(format!("partition {side}"));
    }
    for (slow, what) in [(node.slow_disk, "disk"), (node.slow_net, "net")] {
        if slow > 1 {
            parts.push(format!("{what} {slow}× slower"));
        }
    }
    if parts.is_empty() {
        node.zone.clone()
    } else {
        parts.join(", ")
    }
}

/// Whether a node has a fault that its card should show.
pub fn node_faulty(view: &View, node: &NodeView) -> bool {
    !node.alive
        || node.slow_disk > 1
        || node.slow_net > 1
        || view.nodes.iter().any(|n| n.side != node.side)
}

/// A node in one sentence.
pub fn node(view: &View, node: &NodeView, now_us: u64) -> String {
    let mut out = format!("{}, {}", node.name, node_state(view, node, now_us));
    if !node.alive {
        return out;
    }
    for p in &node.polls {
        out.push_str("; ");
        out.push_str(&poll(p, now_us));
    }
    for w in &node.works {
        out.push_str(&format!("; {} {}", w.label, work(w, view.now_us, now_us)));
    }
    out.push_str(&format!(
        "; disk {} busy, SQL waits {} ms",
        percent(node.load_ppm),
        node.latency_us / 1_000
    ));
    out
}

/// `offline: restoring · 3.2 of 6.0 GiB`; where all is there, `96 ranges · 6.0 GiB`.
pub fn space(view: &View, space: &SpaceView) -> String {
    let mut parts = Vec::new();
    if !space.state.is_empty() && space.state != "public" && space.state != "normal" {
        parts.push(space.state.clone());
    }
    if space.held >= space.size {
        parts.push(count(space.ranges, range_word(view)));
        parts.push(bytes(space.size));
    } else {
        parts.push(format!("{} of {}", bytes(space.held), bytes(space.size)));
    }
    parts.join(" · ")
}

/// What a product calls a piece of its data.
pub fn range_word(view: &View) -> &'static str {
    if view.system == "oceanbase" {
        "log stream"
    } else {
        "range"
    }
}

/// What a work is called on a node: by its job where several do the same.
pub fn work_label(view: &View, node: &NodeView, work: &WorkView) -> String {
    let same = node.works.iter().filter(|w| w.label == work.label).count() > 1;
    let job = view.jobs.iter().find(|j| j.key == work.job);
    match job {
        Some(job) if same => job_name(view, job, false),
        _ => work.label.to_owned(),
    }
}

/// `incomplete · 12 files · 1.9 GiB`
pub fn group(group: &FileGroupView) -> String {
    format!(
        "{} · {} · {}",
        group.state,
        count(group.files, "file"),
        bytes(group.bytes)
    )
}

pub fn store(store: &StoreView) -> String {
    let mut out = if store.files == 0 {
        "empty".to_owned()
    } else {
        format!("{} · {}", count(store.files, "file"), bytes(store.bytes))
    };
    if store.full {
        out.push_str(" · full");
    }
    if store.unreachable {
        out.push_str(" · unreachable");
    }
    out
}

/// `3 running · 1 cancel-requested`, by the words of the families.
pub fn job_counts(view: &View) -> String {
    let parts: Vec<String> = Family::ALL
        .iter()
        .filter_map(|f| {
            let n = view.job_counts.get(f.name())?;
            Some(format!("{} {}", thousands(*n as u64), f.name()))
        })
        .collect();
    parts.join(" · ")
}

/// A cell under the pointer.
pub fn cell(view: &View, hit: &Hit) -> String {
    let what = if hit.file { "file" } else { range_word(view) };
    let mut out = format!(
        "{} · {what} {}",
        if hit.title.is_empty() {
            "files"
        } else {
            hit.title
        },
        hit.cell.state
    );
    if hit.cell.ppm < 1_000_000 {
        out.push_str(&format!(", {}", percent(hit.cell.ppm)));
    }
    if !hit.file {
        out.push_str(&format!(" · on {}", node_name(view, hit.cell.node)));
    }
    if let Some(job) = hit
        .cell
        .job
        .and_then(|key| view.jobs.iter().find(|j| j.key == key))
    {
        out.push_str(&format!(" · {}", job.title));
    }
    out
}

/// What has happened since `after_us`, for the live log: single sentences, or a count of many.
pub fn news(view: &View, after_us: u64) -> String {
    let new: Vec<&str> = view
        .story
        .iter()
        .filter(|s| s.at_us > after_us)
        .map(|s| s.text.as_str())
        .collect();
    match new.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [a, b] => format!("{a} {b}"),
        [.., last] => format!("{} things happened; the last: {last}", new.len()),
    }
}

/// The whole picture in a few sentences.
pub fn summary(view: &View, now_us: u64) -> String {
    let alive = view.nodes.iter().filter(|n| n.alive).count();
    format!(
        "{}, {} of {} nodes up, time {}; jobs: {}",
        view.product,
        alive,
        view.nodes.len(),
        clock(now_us),
        job_counts(view)
    )
}

/// What an icon means.
pub fn family_word(name: &str) -> &'static str {
    match family(name) {
        Family::Pending => "recorded, nobody works on it yet",
        Family::Running => "at work",
        Family::Requested => "asked for, nothing has happened yet",
        Family::Undoing => "its work is being undone or stopped",
        Family::Paused => "paused",
        Family::Succeeded => "ended well",
        Family::Failed => "failed",
        Family::Canceled => "canceled",
    }
}
