//! The cluster as plain data, for faces and for `jobscope state`. Bounded: what is shown of a large
//! cluster is chosen here (ongoing first), with counts of the rest.

pub use super::machine::{MachineView, MoveView, StateView};
use crate::base::{Duration, Map, Time};
pub use crate::cluster::Family;
use crate::cluster::{
    Cluster, Direction, Effect, FileState, JobIx, Place, RangeIx, TableState, UnitState, WorkState,
};
use crate::system::Engine;
use serde::Serialize;

/// Times are microseconds since the scenario began; `epoch_us` + time is Unix time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    pub system: &'static str,
    pub product: &'static str,
    pub scenario: String,
    pub seed: u64,
    pub epoch_us: i64,
    pub now_us: u64,
    pub nodes: Vec<NodeView>,
    /// Ongoing ones first, then the newest; at most [`MAX_JOBS`].
    pub jobs: Vec<JobView>,
    /// How many jobs there are, by family name.
    pub job_counts: Map<&'static str, usize>,
    pub spaces: Vec<SpaceView>,
    pub stores: Vec<StoreView>,
    pub artefacts: Vec<ArtefactView>,
    pub packets: Vec<PacketView>,
    /// The newest happenings, oldest first; at most [`MAX_STORY`].
    pub story: Vec<StoryView>,
}

pub const MAX_JOBS: usize = 200;
pub const MAX_STORY: usize = 200;
/// A space or a group of files has at most this many cells; more ranges or files share one.
pub const MAX_CELLS: usize = 96;
const MAX_GROUPS: usize = 24;
/// A message takes less than a millisecond: it is told this long after it has arrived.
const SHOWN: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeView {
    pub ix: u16,
    pub name: String,
    pub address: String,
    pub zone: String,
    pub alive: bool,
    pub since_us: u64,
    pub slow_disk: u32,
    pub slow_net: u32,
    pub side: u8,
    /// How much of its disk background work takes, parts per million.
    pub load_ppm: u32,
    /// How long a foreground statement waits here now.
    pub latency_us: u64,
    pub polls: Vec<PollView>,
    /// What runs here, one entry per phase of a job.
    pub works: Vec<WorkView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PollView {
    pub name: &'static str,
    pub last_us: u64,
    pub next_us: u64,
    /// A request waits for it.
    pub awaited: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkView {
    pub job: u32,
    pub label: &'static str,
    /// `forward`, `undo`, `cleanup`.
    pub direction: &'static str,
    pub done: u64,
    pub amount: u64,
    pub rate: u64,
    pub units_running: u32,
    pub units: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobView {
    /// Index of the record: the key by which everything else here refers to it.
    pub key: u32,
    pub id: String,
    pub tenant: String,
    pub kind: &'static str,
    pub title: String,
    pub description: String,
    pub owner: String,
    pub status: &'static str,
    pub family: &'static str,
    pub terminal: bool,
    pub machine: &'static str,
    pub created_us: u64,
    pub since_us: u64,
    pub finished_us: Option<u64>,
    /// The node that has claimed it.
    pub claimed_by: Option<u16>,
    pub note: String,
    pub error: String,
    /// What the record states.
    pub fraction_ppm: u32,
    /// The phase that runs now and how far it really is.
    pub phase: Option<PhaseView>,
    pub parent: Option<u32>,
    pub listed: bool,
    pub history: Vec<StepView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseView {
    pub label: &'static str,
    pub direction: &'static str,
    pub ppm: u32,
    /// When it ends if nothing changes.
    pub eta_us: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    pub at_us: u64,
    pub status: &'static str,
    pub family: &'static str,
    pub who: String,
}

/// A table's ranges or a tenant's log streams.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpaceView {
    pub title: String,
    /// `public`, `offline`, `dropped`, or the tenant's status.
    pub state: String,
    /// The job that made it.
    pub job: Option<u32>,
    pub ranges: usize,
    pub held: u64,
    pub size: u64,
    pub cells: Vec<CellView>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CellView {
    /// How full, parts per million.
    pub ppm: u32,
    /// `full`, `filling`, `partial`, `clearing`, `empty`, `reading`; for files `writing`,
    /// `complete`, `incomplete`, `deleting`.
    pub state: &'static str,
    /// The node that leads it (ranges).
    pub node: u16,
    /// The job whose work touches it now.
    pub job: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreView {
    pub uri: String,
    pub full: bool,
    pub unreachable: bool,
    pub files: usize,
    pub bytes: u64,
    pub groups: Vec<FileGroupView>,
}

/// Files that belong together: one backup, one log archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileGroupView {
    pub name: String,
    pub job: Option<u32>,
    /// The worst state of its files: `writing` > `deleting` > `incomplete` > `complete`.
    pub state: &'static str,
    pub files: usize,
    pub bytes: u64,
    pub cells: Vec<CellView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArtefactView {
    pub kind: &'static str,
    pub label: String,
    pub job: Option<u32>,
    pub created_us: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PacketView {
    pub from: PlaceView,
    pub to: PlaceView,
    pub sent_us: u64,
    pub arrives_us: u64,
    pub label: &'static str,
    pub job: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "at", content = "ix")]
pub enum PlaceView {
    Client(u32),
    Node(u16),
    Record(u32),
    Dest(u16),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoryView {
    pub at_us: u64,
    pub job: Option<u32>,
    pub node: Option<u16>,
    pub text: String,
}

pub(super) fn build(engine: &dyn Engine, scenario: &str, seed: u64) -> View {
    let cluster = engine.cluster();
    let now = engine.now();
    let polls = engine.polls();
    let nodes = cluster
        .node_list()
        .map(|(ix, node)| NodeView {
            ix: ix.0,
            name: node.name.to_string(),
            address: node.address.to_string(),
            zone: node.zone.to_string(),
            alive: node.alive,
            since_us: node.since.0,
            slow_disk: node.disk_slow,
            slow_net: node.net_slow,
            side: node.side,
            load_ppm: cluster.disk_load_ppm(ix),
            latency_us: cluster.latency_us(ix),
            polls: polls
                .iter()
                .filter(|p| p.node == ix)
                .map(|p| PollView {
                    name: p.name,
                    last_us: p.last.0,
                    next_us: p.next.0,
                    awaited: p.awaited,
                })
                .collect(),
            works: Vec::new(),
        })
        .collect();
    let mut view = View {
        system: engine.client().system(),
        product: engine.client().product(),
        scenario: scenario.to_owned(),
        seed,
        epoch_us: cluster.epoch_us,
        now_us: now.0,
        nodes,
        jobs: Vec::new(),
        job_counts: Map::new(),
        spaces: spaces(cluster, now),
        stores: stores(cluster, now),
        artefacts: cluster
            .artefacts
            .iter()
            .filter(|a| a.removed.is_none())
            .take(MAX_GROUPS)
            .map(|a| ArtefactView {
                kind: a.kind,
                label: a.label.to_string(),
                job: a.job.map(|j| j.0),
                created_us: a.created.0,
            })
            .collect(),
        packets: cluster
            .packets
            .iter()
            .filter(|p| p.arrives + SHOWN > now)
            .map(|p| PacketView {
                from: place(p.from),
                to: place(p.to),
                sent_us: p.sent.0,
                arrives_us: p.arrives.0,
                label: p.label,
                job: p.job.map(|j| j.0),
            })
            .collect(),
        story: Vec::new(),
    };
    jobs(cluster, now, &mut view);
    works(cluster, now, &mut view);
    let skip = cluster.story.len().saturating_sub(MAX_STORY);
    view.story = cluster
        .story
        .iter()
        .skip(skip)
        .map(|h| StoryView {
            at_us: h.at.0,
            job: h.job.map(|j| j.0),
            node: h.node.map(|n| n.0),
            text: h.text.to_string(),
        })
        .collect();
    view
}

fn place(place: Place) -> PlaceView {
    match place {
        Place::Client(ix) => PlaceView::Client(ix),
        Place::Node(ix) => PlaceView::Node(ix.0),
        Place::Record(ix) => PlaceView::Record(ix.0),
        Place::Dest(ix) => PlaceView::Dest(ix.0),
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Undo => "undo",
        Direction::Cleanup => "cleanup",
    }
}

fn jobs(cluster: &Cluster, now: Time, view: &mut View) {
    let mut chosen: Vec<JobIx> = Vec::new();
    let mut ended: Vec<JobIx> = Vec::new();
    for (ix, job) in cluster.job_list().rev() {
        *view.job_counts.entry(job.family().name()).or_insert(0) += 1;
        let list = if job.is_terminal() {
            &mut ended
        } else {
            &mut chosen
        };
        if list.len() < MAX_JOBS {
            list.push(ix);
        }
    }
    chosen.extend(ended);
    chosen.truncate(MAX_JOBS);
    for ix in chosen {
        let Some(job) = cluster.job(ix) else { continue };
        let running = job
            .work
            .iter()
            .rev()
            .find_map(|&w| cluster.work(w).filter(|w| w.state == WorkState::Running));
        let phase = running.map(|work| {
            let (done, all) = work.progress(now);
            let rate: u64 = work.units.iter().map(|u| u.rate).sum();
            let left = u128::from(all.saturating_sub(done)) * 1_000_000;
            PhaseView {
                label: work.label,
                direction: direction(work.direction),
                ppm: work.progress_ppm(now),
                eta_us: (rate > 0)
                    .then(|| u64::try_from(left / u128::from(rate)).ok())
                    .flatten()
                    .map(|us| now.0.saturating_add(us)),
            }
        });
        view.jobs.push(JobView {
            key: ix.0,
            id: job.id.to_string(),
            tenant: cluster
                .tenant(job.tenant)
                .map_or(String::new(), |t| t.name.to_string()),
            kind: job.kind,
            title: job.title.to_string(),
            description: job.description.to_string(),
            owner: job.owner.to_string(),
            status: job.status,
            family: job.family().name(),
            terminal: job.is_terminal(),
            machine: job.machine.name,
            created_us: job.created.0,
            since_us: job.since.0,
            finished_us: job.finished.map(|t| t.0),
            claimed_by: job.claim.map(|c| c.node.0),
            note: job.note.to_string(),
            error: job.error.to_string(),
            fraction_ppm: job.fraction_ppm,
            phase,
            parent: job.parent.map(|p| p.0),
            listed: job.listed,
            history: cluster
                .history(job)
                .iter()
                .map(|t| StepView {
                    at_us: t.at.0,
                    status: t.status,
                    family: job.machine.family(t.status).name(),
                    who: t.who.to_string(),
                })
                .collect(),
        });
    }
}

/// What runs on the nodes: only the works of jobs that the view has.
fn works(cluster: &Cluster, now: Time, view: &mut View) {
    let keys: Vec<u32> = view.jobs.iter().map(|j| j.key).collect();
    for key in keys {
        let Some(job) = cluster.job(JobIx(key)) else {
            continue;
        };
        for work in job.work.iter().filter_map(|&w| cluster.work(w)) {
            if work.state != WorkState::Running {
                continue;
            }
            for node in &mut view.nodes {
                let mut sum = WorkView {
                    job: key,
                    label: work.label,
                    direction: direction(work.direction),
                    done: 0,
                    amount: 0,
                    rate: 0,
                    units_running: 0,
                    units: 0,
                };
                for unit in work.units.iter().filter(|u| u.node.0 == node.ix) {
                    sum.done += unit.done(now);
                    sum.amount += unit.amount;
                    sum.rate += unit.rate;
                    sum.units += 1;
                    sum.units_running += u32::from(unit.state == UnitState::Running);
                }
                if sum.units > 0 {
                    node.works.push(sum);
                }
            }
        }
    }
}

/// Puts `items` into at most [`MAX_CELLS`] cells: sums of (held, size), the most notable state.
fn cells<T>(items: &[T], each: impl Fn(&T) -> (u64, u64, CellView)) -> Vec<CellView> {
    let per = items.len().div_ceil(MAX_CELLS).max(1);
    items
        .chunks(per)
        .filter_map(|chunk| {
            let mut sum = (0u64, 0u64);
            let mut best: Option<CellView> = None;
            for item in chunk {
                let (held, size, cell) = each(item);
                sum.0 = sum.0.saturating_add(held);
                sum.1 = sum.1.saturating_add(size);
                if best.is_none_or(|b| rank(cell.state) > rank(b.state)) {
                    best = Some(cell);
                }
            }
            let mut cell = best?;
            cell.ppm =
                (u128::from(sum.0) * 1_000_000 / u128::from(sum.1.max(1))).min(1_000_000) as u32;
            Some(cell)
        })
        .collect()
}

/// Which state stands for a cell that several share.
fn rank(state: &str) -> u8 {
    match state {
        "incomplete" => 7,
        "deleting" | "clearing" | "tagged" => 6,
        "writing" | "filling" => 5,
        "reading" => 4,
        "partial" => 3,
        "full" | "complete" => 2,
        _ => 1,
    }
}

fn spaces(cluster: &Cluster, now: Time) -> Vec<SpaceView> {
    // What running units read, for ranges that are neither filled nor emptied.
    let mut reading: Map<RangeIx, u32> = Map::new();
    for node in cluster.nodes.iter() {
        for at in &node.running {
            let Some(work) = cluster.work(at.work) else {
                continue;
            };
            if let Some(unit) = work.units.get(at.unit as usize)
                && let Effect::Export { range, .. } = unit.effect
            {
                reading.insert(range, work.job.0);
            }
        }
    }
    let mut groups: Map<(u8, u32), Vec<RangeIx>> = Map::new();
    for (i, range) in cluster.ranges.enumerate() {
        if range.gone.is_some() {
            continue;
        }
        let key = match range.table {
            Some(t) => (0, t.0),
            None => (1, u32::from(range.tenant.0)),
        };
        groups.entry(key).or_default().push(RangeIx(i as u32));
    }
    let mut out: Vec<SpaceView> = Vec::new();
    for ((_, _), ranges) in groups {
        let Some(first) = ranges.first().and_then(|&r| cluster.range(r)) else {
            continue;
        };
        let (title, state, job) = match first.table.and_then(|t| cluster.table(t)) {
            Some(table) => (
                format!("{}.{}", table.database, table.name),
                match table.state {
                    TableState::Public => "public".to_owned(),
                    TableState::Offline(why) => format!("offline: {why}"),
                    TableState::Dropped => "dropped".to_owned(),
                },
                table.made_by,
            ),
            None => {
                let tenant = cluster.tenant(first.tenant);
                (
                    tenant.map_or(String::new(), |t| t.name.to_string()),
                    tenant.map_or(String::new(), |t| t.status.to_ascii_lowercase()),
                    first.made_by,
                )
            }
        };
        let mut held = 0u64;
        let mut size = 0u64;
        for &r in &ranges {
            held = held.saturating_add(cluster.range_held(r, now));
            size = size.saturating_add(cluster.range(r).map_or(0, |r| r.size));
        }
        let cells = cells(&ranges, |&ix| {
            let Some(range) = cluster.range(ix) else {
                return (
                    0,
                    1,
                    CellView {
                        ppm: 0,
                        state: "empty",
                        node: 0,
                        job: None,
                    },
                );
            };
            let held = cluster.range_held(ix, now);
            let work = range
                .unit
                .and_then(|u| cluster.work(u.work).map(|w| (w, u)));
            let effect = work
                .and_then(|(w, u)| w.units.get(u.unit as usize))
                .map(|u| u.effect);
            let state = match effect {
                Some(Effect::Fill { .. }) => "filling",
                Some(Effect::Clear { .. }) => "clearing",
                _ if reading.contains_key(&ix) => "reading",
                _ if held == 0 => "empty",
                _ if held < range.size => "partial",
                _ => "full",
            };
            let job = work
                .map(|(w, _)| w.job.0)
                .or_else(|| reading.get(&ix).copied());
            (
                held,
                range.size,
                CellView {
                    ppm: 0,
                    state,
                    node: range.leader.0,
                    job,
                },
            )
        });
        out.push(SpaceView {
            title,
            state,
            job: job.map(|j| j.0),
            ranges: ranges.len(),
            held,
            size,
            cells,
        });
    }
    // What a job works on first, then the largest.
    crate::base::sort::sort_by_key(&mut out, |s| {
        let busy = s.cells.iter().any(|c| c.job.is_some()) || s.state.starts_with("offline");
        (!busy, std::cmp::Reverse(s.size))
    });
    out.truncate(MAX_GROUPS);
    out
}

fn stores(cluster: &Cluster, now: Time) -> Vec<StoreView> {
    let mut out: Vec<StoreView> = cluster
        .dests
        .iter()
        .map(|d| StoreView {
            uri: d.uri.to_string(),
            full: d.full,
            unreachable: d.unreachable,
            files: 0,
            bytes: 0,
            groups: Vec::new(),
        })
        .collect();
    let mut groups: Map<(u16, std::rc::Rc<str>), Vec<usize>> = Map::new();
    for (i, file) in cluster.files.enumerate() {
        if file.deleted.is_none() {
            groups
                .entry((file.dest.0, file.group.clone()))
                .or_default()
                .push(i);
        }
    }
    for ((dest, name), files) in groups {
        let Some(store) = out.get_mut(usize::from(dest)) else {
            continue;
        };
        let mut bytes = 0u64;
        let mut job = None;
        let mut worst = FileState::Complete;
        for &i in &files {
            let Some(file) = cluster.files.get(i) else {
                continue;
            };
            bytes = bytes.saturating_add(cluster.file_held(crate::cluster::FileIx(i as u32), now));
            job = job.or(file.job);
            let weight = |s: FileState| match s {
                FileState::Complete => 0,
                FileState::Tagged { .. } => 1,
                FileState::Incomplete => 2,
                FileState::Deleting => 3,
                FileState::Writing => 4,
            };
            if weight(file.state) > weight(worst) {
                worst = file.state;
            }
        }
        let cells = cells(&files, |&i| {
            let ix = crate::cluster::FileIx(i as u32);
            let Some(file) = cluster.file(ix) else {
                return (
                    0,
                    1,
                    CellView {
                        ppm: 0,
                        state: "complete",
                        node: 0,
                        job: None,
                    },
                );
            };
            let job = file
                .unit
                .and_then(|u| cluster.work(u.work))
                .map(|w| w.job.0);
            let held = cluster.file_held(ix, now);
            (
                held,
                file.size.max(1),
                CellView {
                    ppm: 0,
                    state: file.state.name(),
                    node: 0,
                    job,
                },
            )
        });
        store.files += files.len();
        store.bytes = store.bytes.saturating_add(bytes);
        store.groups.push(FileGroupView {
            name: name.to_string(),
            job: job.map(|j| j.0),
            state: worst.name(),
            files: files.len(),
            bytes,
            cells,
        });
    }
    for store in &mut out {
        // Newest names last in most products; what is not complete matters more.
        crate::base::sort::sort_by(&mut store.groups, |a, b| {
            (a.state == "complete", &a.name).cmp(&(b.state == "complete", &b.name))
        });
        store.groups.truncate(MAX_GROUPS);
    }
    out
}
