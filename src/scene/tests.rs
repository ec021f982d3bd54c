//! Golden shapes and sentences of a small cluster; bounds of a large one.

use super::layout::{chosen, hit};
use super::sample::{job, large, view};
use super::timeline::{bar, timeline};
use super::*;
use crate::base::Time;
use crate::playground::view::{Family, MachineView, MoveView, StateView};
use crate::playground::{Next, View};

const NOW: u64 = 57_000_000;

fn shapes(view: &View, layout: &Layout, now_us: u64) -> Vec<Drawn> {
    let moment = Moment {
        now_us,
        selected: Some(1),
        flights: &[],
        motion: false,
    };
    draw(view, layout, &moment)
}

fn count(shapes: &[Drawn], ink: Ink, pick: fn(&Shape) -> bool) -> usize {
    let found = shapes.iter().filter(|d| d.ink == ink && pick(&d.shape));
    found.count()
}

#[test]
fn every_part_says_what_it_shows() {
    let view = view();
    let cancel = &view.jobs[1];
    let cases = [
        (
            sentences::job(&view, cancel, NOW),
            "RESTORE db.*, job 27536791415282, cancel-requested; waits for n1’s cancel loop, ≤ 3.0 s",
        ),
        (
            sentences::job_line(&view, &view.jobs[0], NOW),
            "claimed by n2 · 62 % · 41 s left",
        ),
        (
            sentences::node(&view, &view.nodes[0], NOW),
            "n1, us-east1; cancel loop in 3.0 s: a request waits; restore spans 50 %; disk 62 % busy, SQL waits 2 ms",
        ),
        (
            sentences::space(&view, &view.spaces[0]),
            "offline: restoring · 5.0 MiB of 16.0 MiB",
        ),
        (
            sentences::group(&view.stores[0].groups[0]),
            "incomplete · 3 files · 3.0 GiB",
        ),
        (sentences::job_counts(&view), "1 running · 1 requested"),
        (sentences::news(&view, 0), "The request is recorded."),
        (sentences::news(&view, NOW), ""),
    ];
    for (said, wanted) in cases {
        assert_eq!(said, wanted);
    }
    let mut dead = view.clone();
    dead.nodes[0].alive = false;
    assert_eq!(
        sentences::node(&dead, &dead.nodes[0], NOW),
        "n1, down for 57 s"
    );
    // Nobody alive serves the request: the card does not promise a moment.
    let line = sentences::job_line(&dead, cancel, NOW);
    assert!(line.starts_with("claimed by n1"), "{line}");
}

#[test]
fn a_request_travels_to_the_loop_that_serves_it() {
    let view = view();
    let layout = layout(&view, 760.0, Some(1));
    let ink = Ink::Family(Family::Requested);
    let curves = |shapes: &[Drawn]| {
        count(shapes, ink, |s| {
            matches!(s, Shape::Curve { dashed: true, .. })
        })
    };
    let dot = |now_us| {
        let shapes = shapes(&view, &layout, now_us);
        assert_eq!(curves(&shapes), 1);
        let found = shapes.iter().find_map(|d| match d.shape {
            Shape::Disc(at, r) if d.ink == ink && r == 4.5 => Some(at),
            _ => None,
        });
        found.expect("a dot")
    };
    let (sent, half, served) = (dot(54_000_000), dot(57_000_000), dot(60_000_000));
    let card = layout.jobs.iter().find(|c| c.key == 1).expect("card").rect;
    let ring = &layout.nodes[0].rings[0];
    assert_eq!(sent.1, card.bottom());
    assert!(sent.1 < half.1 && half.1 < served.1);
    assert!((served.1 - (ring.at.1 - ring.r - 2.0)).abs() < 0.1);
}

#[test]
fn what_is_incomplete_is_hatched_and_what_is_filled_fills() {
    let view = view();
    let layout = layout(&view, 760.0, None);
    let shapes = shapes(&view, &layout, NOW);
    assert_eq!(
        count(&shapes, Ink::Warn, |s| matches!(s, Shape::Hatch(_))),
        2
    );
    assert_eq!(
        count(&shapes, Ink::Empty, |s| matches!(s, Shape::Fill(..))),
        7
    );
    let grid = layout.spaces[0].grid;
    let filling = grid.at(1).filled(250_000);
    let own = Ink::Family(Family::Requested);
    let found = shapes
        .iter()
        .any(|d| d.ink == own && d.shape == Shape::Fill(filling, 2.0));
    assert!(found);
    // Work goes on between two looks at the cluster: 50 of 100, 10 a second.
    let later = super::draw::done(&view.nodes[0].works[0], NOW, NOW + 2_000_000);
    assert_eq!(later, 70);
}

#[test]
fn shapes_come_sorted_by_style() {
    let view = view();
    let layout = layout(&view, 760.0, Some(1));
    let shapes = shapes(&view, &layout, NOW);
    let keys: Vec<_> = shapes.iter().map(|d| (d.z, d.ink, d.alpha)).collect();
    assert!(keys.is_sorted());
}

#[test]
fn nothing_lies_outside_at_any_width() {
    for view in [view(), large()] {
        for width in [240.0, 336.0, 500.0, 760.0, 1_400.0, 3_000.0] {
            let layout = layout(&view, width, Some(1));
            let inside = |r: &Rect| {
                assert!(
                    r.x >= 0.0 && r.x + r.w <= layout.width + 0.5 && r.bottom() <= layout.height,
                    "{r:?} at {width}"
                );
            };
            layout
                .jobs
                .iter()
                .chain(&layout.chips)
                .for_each(|c| inside(&c.rect));
            layout.nodes.iter().for_each(|n| inside(&n.rect));
            for block in layout
                .spaces
                .iter()
                .chain(layout.stores.iter().flat_map(|s| &s.groups))
            {
                inside(&block.rect);
                if block.grid.count > 0 {
                    inside(&block.grid.at(block.grid.count - 1));
                }
            }
        }
    }
}

#[test]
fn a_large_cluster_is_bounded_by_the_screen() {
    let view = large();
    let layout = layout(&view, 760.0, Some(801));
    assert!(layout.tiles);
    assert_eq!(layout.nodes.len(), 100);
    assert!(layout.jobs.len() + layout.chips.len() <= 60);
    assert_eq!(
        layout.more_jobs,
        1_000 - layout.jobs.len() - layout.chips.len()
    );
    // Whoever was chosen has a card.
    assert!(layout.jobs.iter().any(|c| c.key == 801));
    assert!(layout.height < 1_600.0, "{}", layout.height);
    assert!(shapes(&view, &layout, NOW).len() < 4_000);
}

#[test]
fn cards_do_not_jump_when_a_job_ends() {
    let mut view = view();
    let order = |view: &View| -> Vec<u32> { chosen(view, 6, None).iter().map(|j| j.key).collect() };
    let before = order(&view);
    view.jobs.reverse();
    view.jobs[0].terminal = true;
    assert_eq!(order(&view), before);
}

#[test]
fn a_cell_is_found_under_the_pointer() {
    let view = view();
    let layout = layout(&view, 760.0, None);
    let at = layout.spaces[0].grid.at(1).middle();
    let found = hit(&view, &layout, at.0, at.1).expect("a cell");
    assert_eq!(
        sentences::cell(&view, &found),
        "db.tbl · range filling, 25 % · on n1 · RESTORE db.*"
    );
    assert!(hit(&view, &layout, 1.0, 1.0).is_none());
}

fn machine() -> MachineView {
    let state = |name, family, terminal| StateView {
        name,
        family,
        terminal,
    };
    let step = |from, event, to| MoveView {
        from,
        event,
        to,
        who: "n1",
    };
    MachineView {
        name: "job",
        states: vec![
            state("pending", "pending", false),
            state("running", "running", false),
            state("cancel-requested", "requested", false),
            state("reverting", "undoing", false),
            state("canceled", "canceled", true),
            state("succeeded", "succeeded", true),
        ],
        moves: vec![
            step("pending", "claim", "running"),
            step("running", "cancel", "cancel-requested"),
            step("running", "done", "succeeded"),
            step("cancel-requested", "poll", "reverting"),
            step("reverting", "undone", "canceled"),
        ],
    }
}

#[test]
fn the_diagram_shows_the_way_taken_and_the_ways_left() {
    let view = view();
    let d = diagram::diagram(&machine(), &view.jobs[1]);
    let names = |pick: fn(&diagram::StateBox) -> bool| -> Vec<&str> {
        let found = d.states.iter().filter(|s| pick(s));
        found.map(|s| s.name).collect()
    };
    assert_eq!(names(|s| s.current), ["cancel-requested"]);
    assert_eq!(names(|s| s.next), ["reverting"]);
    assert_eq!(
        names(|s| s.visited),
        ["pending", "running", "cancel-requested"]
    );
    assert_eq!(d.arrows.iter().filter(|a| a.taken).count(), 2);
    assert_eq!(d.arrows.iter().filter(|a| a.possible).count(), 1);
    for (i, a) in d.states.iter().enumerate() {
        for b in d.states.iter().skip(i + 1) {
            let apart = a.rect.x + a.rect.w <= b.rect.x
                || b.rect.x + b.rect.w <= a.rect.x
                || a.rect.bottom() <= b.rect.y
                || b.rect.bottom() <= a.rect.y;
            assert!(apart, "{} lies on {}", a.name, b.name);
        }
    }
}

#[test]
fn the_timeline_has_the_past_solid_and_the_future_ghosted() {
    let cancel = job(1, "1", "RESTORE", "RESTORE db.*", "cancel-requested");
    let next = |at, status| Next {
        at: Time(at),
        status: Some(status),
        text: String::new(),
    };
    let next = [next(60_000_000, "reverting"), next(90_000_000, "canceled")];
    let bar = bar(&cancel, NOW, &next, Some(&machine()));
    let spans: Vec<_> = bar
        .spans
        .iter()
        .map(|s| {
            (
                s.from_us / 1_000_000,
                s.to_us / 1_000_000,
                s.family,
                s.ghost,
            )
        })
        .collect();
    assert_eq!(
        spans,
        [
            (1, 2, "pending", false),
            (2, 54, "running", false),
            (54, 57, "requested", false),
            (57, 60, "requested", true),
            (60, 90, "undoing", true),
            (90, 90, "canceled", true),
        ]
    );
    let scale = timeline(NOW, 10);
    assert_eq!(scale.end_us, 80_000_000);
    assert_eq!((scale.at(0), scale.at(40_000_000)), (0, 5_000));
    for latest in [0, NOW, 3_600_000_000, 86_400_000_000 * 30, u64::MAX / 4] {
        let scale = timeline(latest, 8);
        assert!(scale.end_us >= latest.min(1 << 60) && scale.ticks.len() <= 40);
    }
}
