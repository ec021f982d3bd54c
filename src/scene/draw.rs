//! What moves: rings, bars, cells, paths and messages, as shapes. Text stands in the face's elements.

use super::layout::{Block, Lane, Layout, NodeCard};
use super::shape::{Drawn, Ink, Point, Rect, Shape, along, share};
use crate::base::Map;
use crate::playground::View;
use crate::playground::view::{CellView, Family, JobView, NodeView, PlaceView, PollView, WorkView};

/// A message in flight on the screen. It takes less than a millisecond in the cluster, so a face
/// shows it slowed down: `share` (parts per million) of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    pub from: PlaceView,
    pub to: PlaceView,
    pub label: &'static str,
    pub job: Option<u32>,
    pub ppm: u32,
}

/// Everything that a picture shows beside the view itself.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// At or after the view's own time: what runs is drawn as far as it is now.
    pub now_us: u64,
    pub selected: Option<u32>,
    pub flights: &'a [Flight],
    /// Whether anything may pulse.
    pub motion: bool,
}

/// The family that the façade calls `name`.
pub fn family(name: &str) -> Family {
    let all = Family::ALL.iter();
    all.copied()
        .find(|f| f.name() == name)
        .unwrap_or(Family::Pending)
}

/// The shapes of the whole picture, sorted by height and style, so that each style is set once.
pub fn draw(view: &View, layout: &Layout, moment: &Moment) -> Vec<Drawn> {
    let mut pen = Pen {
        out: Vec::new(),
        families: view
            .jobs
            .iter()
            .map(|job| (job.key, family(job.family)))
            .collect(),
        view,
        layout,
        now_us: moment.now_us,
        selected: moment.selected,
        motion: moment.motion,
    };
    pen.jobs();
    for (card, node) in layout.nodes.iter().zip(&view.nodes) {
        pen.node(card, node);
    }
    for block in &layout.spaces {
        if let Some(space) = view.spaces.get(block.ix) {
            pen.cells(block, &space.cells, space.job);
        }
    }
    for store in &layout.stores {
        let Some(view) = view.stores.get(store.ix) else {
            continue;
        };
        for block in &store.groups {
            if let Some(group) = view.groups.get(block.ix) {
                pen.cells(block, &group.cells, group.job);
            }
        }
    }
    pen.requests();
    pen.streams();
    for flight in moment.flights {
        pen.flight(flight);
    }
    let mut out = pen.out;
    crate::base::sort::sort_by_key(&mut out, |d| (d.z, d.ink, d.alpha));
    out
}

struct Pen<'a> {
    out: Vec<Drawn>,
    families: Map<u32, Family>,
    view: &'a View,
    layout: &'a Layout,
    now_us: u64,
    selected: Option<u32>,
    motion: bool,
}

/// How far a work is now, from what it was when the view was made: rates hold until the next event.
pub fn done(work: &WorkView, view_us: u64, now_us: u64) -> u64 {
    let us = u128::from(now_us.saturating_sub(view_us));
    let moved = u128::from(work.rate) * us / 1_000_000;
    let moved = u64::try_from(moved).unwrap_or(u64::MAX);
    work.done.saturating_add(moved).min(work.amount)
}

/// `part` of `whole`, parts per million.
pub fn ppm(part: u64, whole: u64) -> u32 {
    (u128::from(part) * 1_000_000 / u128::from(whole.max(1))).min(1_000_000) as u32
}

/// How much of the time between two runs of a loop has passed.
pub fn waited(poll: &PollView, now_us: u64) -> u32 {
    let period = poll.next_us.saturating_sub(poll.last_us);
    ppm(now_us.saturating_sub(poll.last_us).min(period), period)
}

impl Pen<'_> {
    fn put(&mut self, z: u8, ink: Ink, alpha: u8, shape: Shape) {
        self.out.push(Drawn {
            z,
            ink,
            alpha,
            shape,
        });
    }

    fn ink(&self, job: Option<u32>) -> Ink {
        let family = job.and_then(|key| self.families.get(&key));
        family.map_or(Ink::Rest, |f| Ink::Family(*f))
    }

    fn job(&self, key: u32) -> Option<&JobView> {
        self.view.jobs.iter().find(|j| j.key == key)
    }

    /// The phase of a job that runs, as a line at the foot of its card.
    fn jobs(&mut self) {
        for card in &self.layout.jobs {
            let Some(phase) = self.job(card.key).and_then(|j| j.phase.as_ref()) else {
                continue;
            };
            let r = card.rect;
            let bed = Rect::new(r.x + 14.0, r.bottom() - 9.0, r.w - 28.0, 4.0);
            let ink = self.ink(Some(card.key));
            let (undo, ppm) = (phase.direction != "forward", phase.ppm);
            self.bar(bed, ink, ppm, undo);
        }
    }

    /// Forward work fills its bar; what is undone empties it, hatched.
    fn bar(&mut self, bed: Rect, ink: Ink, ppm: u32, undo: bool) {
        self.put(1, Ink::Track, 255, Shape::Fill(bed, bed.h / 2.0));
        if undo {
            let left = bed.begun(1_000_000 - ppm.min(1_000_000));
            if left.w > 0.5 {
                self.put(2, ink, 70, Shape::Fill(left, bed.h / 2.0));
                self.put(3, ink, 255, Shape::Hatch(left));
            }
        } else if ppm > 0 {
            let fill = bed.begun(ppm);
            self.put(2, ink, 255, Shape::Fill(fill, bed.h / 2.0));
        }
    }

    fn node(&mut self, card: &NodeCard, node: &NodeView) {
        if !node.alive {
            self.put(3, Ink::Line, 120, Shape::Hatch(card.rect));
            return;
        }
        for ring in &card.rings {
            let Some(poll) = node.polls.get(ring.poll) else {
                continue;
            };
            let width = if ring.r > 6.0 { 3.5 } else { 2.5 };
            let arc = |from, to, r, width| Shape::Arc {
                at: ring.at,
                r,
                width,
                from,
                to,
            };
            let part = share(waited(poll, self.now_us));
            let ink = if poll.awaited {
                Ink::Family(Family::Requested)
            } else {
                Ink::Load
            };
            self.put(1, Ink::Track, 255, arc(0.0, 1.0, ring.r, width));
            self.put(4, ink, 255, arc(0.0, part, ring.r, width));
            if poll.awaited {
                let soft = Ink::Soft(Family::Requested);
                self.put(0, soft, 255, Shape::Disc(ring.at, ring.r + 6.0));
            }
            // A loop that has just run flashes.
            let since = self.now_us.saturating_sub(poll.last_us);
            if self.motion && poll.last_us > 0 && since < 700_000 {
                let t = since as f32 / 700_000.0;
                let alpha = (160.0 * (1.0 - t)) as u8;
                let r = ring.r + 2.0 + 8.0 * t;
                self.put(4, ink, alpha, arc(0.0, 1.0, r, 1.5));
            }
        }
        for at in &card.bars {
            let Some(work) = node.works.get(at.work) else {
                continue;
            };
            let part = ppm(done(work, self.view.now_us, self.now_us), work.amount);
            let ink = self.ink(Some(work.job));
            self.bar(at.bar, ink, part, work.direction != "forward");
        }
        self.put(
            1,
            Ink::Track,
            255,
            Shape::Fill(card.load, card.load.h / 2.0),
        );
        let load = card.load.begun(node.load_ppm);
        if load.w > 0.5 {
            self.put(2, Ink::Load, 255, Shape::Fill(load, card.load.h / 2.0));
        }
    }

    fn cells(&mut self, block: &Block, cells: &[CellView], owner: Option<u32>) {
        // What a job has made keeps that job's colour while the job goes on.
        let owner = owner.filter(|&key| self.job(key).is_some_and(|j| !j.terminal));
        for (i, cell) in cells.iter().enumerate() {
            let at = block.grid.at(i);
            let own = self.ink(cell.job.or(owner));
            self.put(1, Ink::Empty, 255, Shape::Fill(at, 2.0));
            let held = at.filled(cell.ppm);
            match cell.state {
                "full" | "complete" | "partial" => {
                    self.put(2, own, 255, Shape::Fill(held, 2.0));
                }
                "filling" | "writing" => {
                    self.put(2, own, 255, Shape::Fill(held, 2.0));
                    self.put(3, own, 255, Shape::Frame(at, 2.0));
                }
                "clearing" => {
                    self.put(2, own, 60, Shape::Fill(held, 2.0));
                    self.put(3, own, 255, Shape::Hatch(held));
                    self.put(3, own, 255, Shape::Frame(at, 2.0));
                }
                "reading" => {
                    self.put(2, Ink::Rest, 255, Shape::Fill(held, 2.0));
                    self.put(3, own, 255, Shape::Frame(at, 2.0));
                }
                "incomplete" => {
                    self.put(2, Ink::Warn, 50, Shape::Fill(at, 2.0));
                    self.put(3, Ink::Warn, 255, Shape::Hatch(at));
                }
                "deleting" | "tagged" => {
                    let alpha = 40 + (share(cell.ppm) * 160.0) as u8;
                    self.put(2, Ink::Warn, alpha / 2, Shape::Fill(held, 2.0));
                    self.put(3, Ink::Warn, alpha, Shape::Hatch(held));
                }
                _ => {}
            }
        }
    }

    /// Where messages to and from a place begin and end.
    fn place(&self, place: PlaceView) -> Option<Point> {
        match place {
            PlaceView::Client(_) => Some(Point(0.0, self.layout.height.min(160.0))),
            PlaceView::Node(ix) => {
                let card = self.layout.nodes.iter().find(|n| n.ix == ix)?;
                Some(card.rings.first().map_or(card.rect.middle(), |r| r.at))
            }
            PlaceView::Record(key) => self.foot(key),
            PlaceView::Dest(ix) => {
                let store = self
                    .layout
                    .stores
                    .iter()
                    .find(|s| s.ix == usize::from(ix))?;
                Some(Point(
                    store.rect.x + store.rect.w / 2.0,
                    store.rect.y + 14.0,
                ))
            }
        }
    }

    /// The middle of the lower edge of a job's card or chip.
    fn foot(&self, key: u32) -> Option<Point> {
        let mut cards = self.layout.jobs.iter().chain(&self.layout.chips);
        let r = cards.find(|c| c.key == key)?.rect;
        Some(Point(r.x + r.w / 2.0, r.bottom()))
    }

    /// The way from a job's card down to `to`: past the cards below it through the gap beside them.
    fn way(&self, key: u32, to: Point) -> Option<Vec<(Point, Point)>> {
        let foot = self.foot(key)?;
        let cards = || self.layout.jobs.iter().chain(&self.layout.chips);
        let own = cards().find(|c| c.key == key)?.rect;
        let below = cards()
            .any(|c| c.rect.y > own.y && c.rect.x < own.x + own.w && c.rect.x + c.rect.w > own.x);
        let lane = self.layout.headings.iter().find(|h| h.lane == Lane::Work);
        let end = lane.map_or(foot.1, |h| h.rect.y);
        if !below || end <= own.bottom() {
            return Some(vec![(foot, to)]);
        }
        // The gap on the side towards the goal, if there is one.
        let right = own.x + own.w + 5.0;
        let left = own.x - 5.0;
        let x = if right >= self.layout.width - 4.0 || (to.0 < foot.0 && left > 4.0) {
            left
        } else {
            right
        };
        let (out, turn) = (Point(x, own.bottom() - 6.0), Point(x, end));
        Some(vec![(out, turn), (turn, to)])
    }

    /// A request is on its way until the loop that serves it runs: a dot travels with the ring.
    fn requests(&mut self) {
        let asked: Vec<(u32, u64, Option<u16>)> = self
            .view
            .jobs
            .iter()
            .filter(|j| j.family == Family::Requested.name())
            .map(|j| (j.key, j.since_us, j.claimed_by))
            .collect();
        for (key, since, node) in asked.into_iter().take(12) {
            let servers = self.view.nodes.iter().zip(&self.layout.nodes);
            let servers: Vec<(Point, u64)> = servers
                .filter(|(n, _)| node.is_none_or(|ix| ix == n.ix))
                .filter_map(|(n, card)| {
                    let rings = card.rings.iter();
                    let mut awaited = rings.filter_map(|r| Some((r, n.polls.get(r.poll)?)));
                    let (ring, poll) = awaited.find(|(_, p)| p.awaited)?;
                    Some((Point(ring.at.0, ring.at.1 - ring.r - 2.0), poll.next_us))
                })
                .take(4)
                .collect();
            for (to, next) in servers {
                let ink = Ink::Family(Family::Requested);
                let Some(way) = self.way(key, to) else {
                    continue;
                };
                let all = next.saturating_sub(since);
                let part = share(ppm(self.now_us.saturating_sub(since).min(all), all));
                // Each piece takes the same time.
                let at = part * way.len() as f32;
                let last = way.len() - 1;
                for (i, (from, to)) in way.into_iter().enumerate() {
                    let dashed = true;
                    self.put(5, ink, 255, Shape::Curve { from, to, dashed });
                    if at as usize == i || (i == last && at as usize > last) {
                        let dot = along(from, to, at - i as f32);
                        self.put(6, ink, 255, Shape::Disc(dot, 4.5));
                    }
                }
            }
        }
    }

    /// Which nodes work for the selected job, and on what.
    fn streams(&mut self) {
        let Some(key) = self.selected else { return };
        let ink = self.ink(Some(key));
        let mut busy: Vec<(&NodeCard, bool)> = Vec::new();
        for (node, card) in self.view.nodes.iter().zip(&self.layout.nodes) {
            let works = node
                .works
                .iter()
                .find(|w| w.job == key && w.units_running > 0);
            if let Some(work) = works {
                busy.push((card, work.direction == "forward"));
            }
        }
        let requested = self.families.get(&key) == Some(&Family::Requested);
        let targets = self.touched(key);
        for &(card, forward) in busy.iter().take(8) {
            let r = card.rect;
            let way = self.way(key, Point(r.x + r.w / 2.0, r.y));
            for (from, to) in way.filter(|_| !requested).unwrap_or_default() {
                let dashed = false;
                self.put(0, ink, 110, Shape::Curve { from, to, dashed });
            }
            let out = Point(r.x + r.w / 2.0, r.bottom());
            for &to in &targets {
                let dashed = false;
                let curve = Shape::Curve {
                    from: out,
                    to,
                    dashed,
                };
                self.put(0, ink, 80, curve);
                if self.motion {
                    // Two dots a second: forward work flows down, undoing takes away.
                    let t = (self.now_us % 1_600_000) as f32 / 1_600_000.0;
                    for shift in [0.0, 0.5] {
                        let t = (t + shift) % 1.0;
                        let t = if forward { t } else { 1.0 - t };
                        self.put(5, ink, 200, Shape::Disc(along(out, to, t), 2.0));
                    }
                }
            }
        }
    }

    /// The upper edges of the first space and the first group of files that a job's work touches
    /// now: more lines would only cross each other, and cells show the rest.
    fn touched(&self, key: u32) -> Vec<Point> {
        let touches = |cells: &[CellView]| cells.iter().any(|c| c.job == Some(key));
        let top = |block: &Block| Point(block.rect.x + block.rect.w / 2.0, block.rect.y + 4.0);
        let mut out = Vec::new();
        for block in &self.layout.spaces {
            let cells = self.view.spaces.get(block.ix).map(|s| &s.cells);
            if cells.is_some_and(|c| touches(c)) {
                out.push(top(block));
                break;
            }
        }
        'stores: for store in &self.layout.stores {
            let groups = self.view.stores.get(store.ix).map(|s| &s.groups);
            for block in &store.groups {
                let group = groups.and_then(|g| g.get(block.ix));
                if group.is_some_and(|g| touches(&g.cells)) {
                    out.push(top(block));
                    break 'stores;
                }
            }
        }
        out
    }

    fn flight(&mut self, flight: &Flight) {
        let (Some(from), Some(to)) = (self.place(flight.from), self.place(flight.to)) else {
            return;
        };
        let ink = match flight.job {
            Some(key) => self.ink(Some(key)),
            None => Ink::Load,
        };
        let at = along(from, to, share(flight.ppm));
        self.put(6, ink, 255, Shape::Disc(at, 3.5));
        if flight.job.is_some() && flight.job == self.selected {
            let label = Point(at.0 + 8.0, at.1 - 6.0);
            self.put(
                7,
                Ink::Text,
                255,
                Shape::Label(label, flight.label.to_owned()),
            );
        }
    }
}
