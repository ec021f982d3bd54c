//! A small cluster by hand, as the façade would show it: a restore that is asked to cancel, a backup.

use crate::playground::View;
use crate::playground::view::*;

pub fn job(key: u32, id: &str, kind: &'static str, title: &str, status: &'static str) -> JobView {
    let family = match status {
        "cancel-requested" => "requested",
        "reverting" => "undoing",
        other => other,
    };
    JobView {
        key,
        id: id.into(),
        tenant: "system".into(),
        kind,
        title: title.into(),
        description: title.into(),
        owner: "root".into(),
        status,
        family,
        terminal: matches!(status, "succeeded" | "canceled" | "failed"),
        machine: "job",
        created_us: 1_000_000,
        since_us: 54_000_000,
        finished_us: matches!(status, "succeeded" | "canceled" | "failed").then_some(55_000_000),
        claimed_by: Some(0),
        note: String::new(),
        error: String::new(),
        fraction_ppm: 500_000,
        phase: None,
        parent: None,
        listed: true,
        history: vec![
            step(1_000_000, "pending", "pending", "root"),
            step(2_000_000, "running", "running", "n1"),
            step(54_000_000, status, family, "root"),
        ],
    }
}

fn step(at_us: u64, status: &'static str, family: &'static str, who: &str) -> StepView {
    StepView {
        at_us,
        status,
        family,
        who: who.into(),
    }
}

pub fn node(ix: u16) -> NodeView {
    NodeView {
        ix,
        name: format!("n{}", ix + 1),
        address: String::new(),
        zone: "us-east1".into(),
        alive: true,
        since_us: 0,
        slow_disk: 1,
        slow_net: 1,
        side: 0,
        load_ppm: 620_000,
        latency_us: 2_600,
        polls: vec![PollView {
            name: "cancel loop",
            last_us: 50_000_000,
            next_us: 60_000_000,
            awaited: ix == 0,
        }],
        works: vec![WorkView {
            job: 1,
            label: "restore spans",
            direction: "forward",
            done: 50,
            amount: 100,
            rate: 10,
            units_running: 1,
            units: 4,
        }],
    }
}

pub fn cells(states: &[(&'static str, u32)]) -> Vec<CellView> {
    states
        .iter()
        .map(|&(state, ppm)| CellView {
            ppm,
            state,
            node: 0,
            job: matches!(state, "filling" | "clearing" | "writing").then_some(1),
        })
        .collect()
}

/// At 57 s: three nodes, two jobs, a table that is being restored, a destination.
pub fn view() -> View {
    let mut backup = job(2, "27536791415283", "BACKUP", "BACKUP bank", "running");
    backup.claimed_by = Some(1);
    backup.phase = Some(PhaseView {
        label: "backup spans",
        direction: "forward",
        ppm: 620_000,
        eta_us: Some(98_000_000),
    });
    View {
        system: "cockroachdb",
        product: "CockroachDB v26.2",
        scenario: "sample".into(),
        seed: 42,
        epoch_us: 1_795_168_800_000_000,
        now_us: 57_000_000,
        nodes: (0..3).map(node).collect(),
        jobs: vec![
            backup,
            job(
                1,
                "27536791415282",
                "RESTORE",
                "RESTORE db.*",
                "cancel-requested",
            ),
        ],
        job_counts: [("running", 1), ("requested", 1)].into_iter().collect(),
        spaces: vec![SpaceView {
            title: "db.tbl".into(),
            state: "offline: restoring".into(),
            job: Some(1),
            ranges: 4,
            held: 5 << 20,
            size: 16 << 20,
            cells: cells(&[
                ("full", 1_000_000),
                ("filling", 250_000),
                ("empty", 0),
                ("empty", 0),
            ]),
        }],
        stores: vec![StoreView {
            uri: "nodelocal://1/backup".into(),
            full: false,
            unreachable: false,
            files: 3,
            bytes: 3 << 30,
            groups: vec![FileGroupView {
                name: "bank/2026-11-20".into(),
                job: Some(2),
                state: "incomplete",
                files: 3,
                bytes: 3 << 30,
                cells: cells(&[
                    ("complete", 1_000_000),
                    ("incomplete", 400_000),
                    ("deleting", 500_000),
                ]),
            }],
        }],
        artefacts: Vec::new(),
        packets: Vec::new(),
        story: vec![StoryView {
            at_us: 54_001_000,
            job: Some(1),
            node: None,
            text: "The request is recorded.".into(),
        }],
    }
}

/// 100 nodes, 1,000 jobs of which the façade shows 200, tables with as many cells as it allows.
pub fn large() -> View {
    let mut view = view();
    view.nodes = (0..100).map(node).collect();
    view.jobs = (0..200)
        .map(|i| {
            job(
                1_000 - i,
                &format!("{}", 900_000_000 + i),
                "BACKUP",
                "BACKUP t",
                "running",
            )
        })
        .collect();
    view.job_counts = [("running", 300), ("succeeded", 700)].into_iter().collect();
    let space = SpaceView {
        cells: cells(&[("full", 1_000_000); MAX_CELLS]),
        ..view.spaces[0].clone()
    };
    view.spaces = vec![space; 24];
    view
}
