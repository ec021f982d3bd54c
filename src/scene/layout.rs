//! Where everything stands: three lanes, as wide as the face says and as high as needed. What
//! can't be told apart any more is not placed but counted.

use super::shape::{Point, Rect};
use crate::playground::View;
use crate::playground::view::{CellView, FileGroupView, JobView, NodeView};

/// Nodes beyond this many are tiles instead of cards.
pub const MAX_NODE_CARDS: usize = 12;
const MAX_CHIPS: usize = 48;
const MAX_BARS: usize = 3;
const MAX_RINGS: usize = 2;
const MAX_SPACES: usize = 8;
const MAX_GROUPS: usize = 6;
const MAX_STORES: usize = 4;

const GAP: f32 = 10.0;
const HEADING: f32 = 26.0;
const JOB_H: f32 = 63.0;
const CHIP: (f32, f32) = (92.0, 26.0);

/// The picture's parts by place. Faces put text there, [`super::draw`] paints the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub width: f32,
    pub height: f32,
    pub headings: Vec<Heading>,
    pub jobs: Vec<JobCard>,
    pub chips: Vec<JobCard>,
    /// Jobs that have neither card nor chip.
    pub more_jobs: usize,
    pub more_jobs_at: Rect,
    /// Jobs that the product's own listing leaves out: automatic ones.
    pub unlisted: usize,
    pub nodes: Vec<NodeCard>,
    pub tiles: bool,
    pub spaces: Vec<Block>,
    pub more_spaces: usize,
    pub stores: Vec<StoreBox>,
    /// Where the list of other artefacts stands, if there are any.
    pub artefacts: Option<Rect>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Control,
    Work,
    Data,
    Store,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    pub lane: Lane,
    /// For [`Lane::Store`]: which one; for [`Lane::Data`]: 1 for what the selected job does not touch.
    pub ix: usize,
    pub rect: Rect,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JobCard {
    pub key: u32,
    pub rect: Rect,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NodeCard {
    pub ix: u16,
    pub rect: Rect,
    pub rings: Vec<RingAt>,
    /// Label and bar of a work: which of the node's.
    pub bars: Vec<BarAt>,
    /// Where the number of further works stands.
    pub more_bars: usize,
    pub load: Rect,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RingAt {
    pub poll: usize,
    pub at: Point,
    pub r: f32,
    pub label: Rect,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BarAt {
    pub work: usize,
    pub label: Rect,
    pub bar: Rect,
}

/// A space or a group of files: a line of text and cells below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub ix: usize,
    pub rect: Rect,
    pub grid: Grid,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Grid {
    pub x: f32,
    pub y: f32,
    pub cols: usize,
    pub count: usize,
    pub cell: (f32, f32),
    pub gap: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StoreBox {
    pub ix: usize,
    pub groups: Vec<Block>,
    pub more: usize,
    pub rect: Rect,
}

impl Grid {
    pub fn rows(&self) -> usize {
        self.count.div_ceil(self.cols.max(1))
    }
    pub fn height(&self) -> f32 {
        self.rows() as f32 * (self.cell.1 + self.gap)
    }
    pub fn at(&self, i: usize) -> Rect {
        let cols = self.cols.max(1);
        Rect::new(
            self.x + (i % cols) as f32 * (self.cell.0 + self.gap),
            self.y + (i / cols) as f32 * (self.cell.1 + self.gap),
            self.cell.0,
            self.cell.1,
        )
    }
    /// Which cell lies at a point.
    pub fn hit(&self, x: f32, y: f32) -> Option<usize> {
        let (w, h) = (self.cell.0 + self.gap, self.cell.1 + self.gap);
        if x < self.x || y < self.y || w <= 0.0 || h <= 0.0 {
            return None;
        }
        let (col, row) = (((x - self.x) / w) as usize, ((y - self.y) / h) as usize);
        let i = row.checked_mul(self.cols)?.checked_add(col)?;
        (col < self.cols && i < self.count).then_some(i)
    }
}

/// The jobs that are shown one by one: a stable order, so that nothing jumps when a job ends.
pub fn chosen(view: &View, most: usize, selected: Option<u32>) -> Vec<&JobView> {
    // What the product's listing leaves out would hide what a person has asked for.
    let worth = |job: &&JobView| job.listed || Some(job.key) == selected;
    let mut jobs: Vec<&JobView> = view.jobs.iter().filter(worth).collect();
    if let Some(at) = jobs.iter().position(|job| Some(job.key) == selected)
        && at >= most
        && most > 0
    {
        jobs.swap(at, most - 1);
    }
    jobs.truncate(most);
    crate::base::sort::sort_by_key(&mut jobs, |job| job.key);
    jobs
}

/// Lays the cluster out `width` pixels wide.
pub fn layout(view: &View, width: f32, selected: Option<u32>) -> Layout {
    let width = width.clamp(240.0, 4_000.0);
    let pad = if width < 520.0 { 12.0 } else { 20.0 };
    let mut at = Builder {
        out: Layout {
            width,
            ..Layout::default()
        },
        pad,
        inner: width - 2.0 * pad,
        y: 2.0,
    };
    at.control(view, selected);
    at.work(view);
    at.data_and_stores(view, selected);
    at.artefacts(view);
    at.out.height = at.y + pad;
    at.out
}

struct Builder {
    out: Layout,
    pad: f32,
    inner: f32,
    y: f32,
}

impl Builder {
    fn heading(&mut self, lane: Lane, ix: usize) {
        let rect = Rect::new(self.pad, self.y, self.inner, HEADING);
        self.out.headings.push(Heading { lane, ix, rect });
        self.y += HEADING;
    }

    /// The `i`th of `cols` equal columns.
    fn column(&self, i: usize, cols: usize) -> (f32, f32) {
        let w = (self.inner - GAP * (cols as f32 - 1.0)) / cols as f32;
        (self.pad + i as f32 * (w + GAP), w)
    }

    fn control(&mut self, view: &View, selected: Option<u32>) {
        self.heading(Lane::Control, 0);
        let total: usize = view.job_counts.values().sum();
        let unlisted = view.jobs.iter().filter(|j| !j.listed).count();
        self.out.unlisted = unlisted;
        let total = total.saturating_sub(unlisted);
        let mut cols = ((self.inner / 226.0) as usize).clamp(1, 4);
        let rows = if cols == 1 { 3 } else { 2 };
        let cards = chosen(view, cols * rows, selected);
        if cols == 3 && cards.len() == 4 {
            // Narrower ones in one row rather than a row for the last.
            cols = 4;
        }
        for (i, job) in cards.iter().enumerate() {
            let (x, w) = self.column(i % cols, cols);
            let y = self.y + (i / cols) as f32 * (JOB_H + GAP);
            self.out.jobs.push(JobCard {
                key: job.key,
                rect: Rect::new(x, y, w, JOB_H),
            });
        }
        // Nothing yet: a place for the sentence that says so.
        let card_rows = cards.len().div_ceil(cols).max(1);
        let empty = cards.is_empty();
        self.y += if empty {
            34.0
        } else {
            card_rows as f32 * (JOB_H + GAP)
        };
        let shown: Vec<u32> = cards.iter().map(|j| j.key).collect();
        let per_row = ((self.inner / (CHIP.0 + 6.0)) as usize).max(1);
        let rest: Vec<&JobView> = chosen(view, usize::MAX, selected)
            .into_iter()
            .filter(|job| !shown.contains(&job.key))
            .rev()
            .take((per_row * 2).min(MAX_CHIPS))
            .collect();
        for (i, job) in rest.iter().enumerate() {
            let x = self.pad + (i % per_row) as f32 * (CHIP.0 + 6.0);
            let y = self.y + (i / per_row) as f32 * (CHIP.1 + 6.0);
            self.out.chips.push(JobCard {
                key: job.key,
                rect: Rect::new(x, y, CHIP.0, CHIP.1),
            });
        }
        self.y += rest.len().div_ceil(per_row) as f32 * (CHIP.1 + 6.0);
        self.out.more_jobs = total.saturating_sub(cards.len() + rest.len());
        if self.out.more_jobs > 0 && !empty {
            self.out.more_jobs_at = Rect::new(self.pad, self.y, self.inner, 20.0);
            self.y += 24.0;
        }
    }

    fn work(&mut self, view: &View) {
        self.heading(Lane::Work, 0);
        let n = view.nodes.len();
        if n > MAX_NODE_CARDS {
            self.out.tiles = true;
            let cols = ((self.inner / 62.0) as usize).max(1);
            for (i, node) in view.nodes.iter().enumerate() {
                let w = (self.inner - 6.0 * (cols as f32 - 1.0)) / cols as f32;
                let x = self.pad + (i % cols) as f32 * (w + 6.0);
                let y = self.y + (i / cols) as f32 * 40.0;
                self.out.nodes.push(tile(node, Rect::new(x, y, w, 34.0)));
            }
            self.y += n.div_ceil(cols) as f32 * 40.0 + 6.0;
            return;
        }
        let narrow = ((self.inner + GAP) / (200.0 + GAP)) as usize;
        let cols = narrow.clamp(1, n.clamp(1, 4));
        let bars = view.nodes.iter().map(|n| n.works.len()).max();
        let bars = bars.unwrap_or(0).clamp(1, MAX_BARS);
        let rings = view.nodes.iter().map(|n| n.polls.len()).max();
        let rings = rings.unwrap_or(0).min(MAX_RINGS);
        let mut row_y = self.y;
        for (i, node) in view.nodes.iter().enumerate() {
            let (x, w) = self.column(i % cols, cols);
            let card = card(node, x, row_y, w, bars, rings);
            let h = card.rect.h;
            self.out.nodes.push(card);
            if i % cols == cols - 1 || i + 1 == n {
                row_y += h + GAP;
            }
        }
        self.y = row_y;
    }

    /// What the selected job touches stands first, its destinations right below its ranges.
    fn data_and_stores(&mut self, view: &View, selected: Option<u32>) {
        let own_space = |i: &usize| {
            let space = view.spaces.get(*i);
            space.is_some_and(|s| concerns(s.job, &s.cells, selected))
        };
        let own_store = |i: &usize| {
            let store = view.stores.get(*i);
            let own = |g: &FileGroupView| concerns(g.job, &g.cells, selected);
            store.is_some_and(|s| s.groups.iter().any(own))
        };
        let (mut spaces, mut others): (Vec<usize>, Vec<usize>) =
            (0..view.spaces.len()).partition(own_space);
        let (stores, other_stores): (Vec<usize>, Vec<usize>) =
            (0..view.stores.len()).partition(own_store);
        if stores.is_empty() || spaces.is_empty() {
            spaces.append(&mut others);
        }
        spaces.truncate(MAX_SPACES);
        others.truncate(MAX_SPACES - spaces.len());
        self.out.more_spaces = view.spaces.len() - spaces.len() - others.len();
        self.spaces(view, &spaces, 0);
        self.stores(view, &stores);
        if !others.is_empty() {
            self.spaces(view, &others, 1);
        }
        let room = MAX_STORES.saturating_sub(stores.len());
        self.stores(view, other_stores.get(..room).unwrap_or(&other_stores));
    }

    fn spaces(&mut self, view: &View, which: &[usize], part: usize) {
        self.heading(Lane::Data, part);
        let cells = |i: usize| view.spaces.get(i).map_or(0, |s| s.cells.len());
        let sizes = which.iter().map(|&i| (i, cells(i))).collect();
        let blocks = self.blocks(sizes, 14.0);
        self.out.spaces.extend(blocks);
    }

    fn stores(&mut self, view: &View, which: &[usize]) {
        for &ix in which.iter().take(MAX_STORES) {
            let Some(store) = view.stores.get(ix) else {
                continue;
            };
            let top = self.y;
            self.heading(Lane::Store, ix);
            let shown = store.groups.len().min(MAX_GROUPS);
            let sizes = store.groups.iter().take(shown).map(|g| g.cells.len());
            let groups = self.blocks(sizes.enumerate().collect(), 10.0);
            self.out.stores.push(StoreBox {
                ix,
                groups,
                more: store.groups.len() - shown,
                rect: Rect::new(self.pad, top, self.inner, self.y - top),
            });
        }
    }

    /// Blocks side by side; one with many cells takes a whole row.
    fn blocks(&mut self, sizes: Vec<(usize, usize)>, cell_h: f32) -> Vec<Block> {
        const TEXT: f32 = 20.0;
        let cols = if self.inner >= 900.0 {
            3
        } else if self.inner >= 480.0 {
            2
        } else {
            1
        };
        let gap = 2.0;
        let mut out: Vec<Block> = Vec::new();
        let (mut col, mut tallest) = (0usize, 0.0f32);
        for &(ix, count) in &sizes {
            let (_, narrow) = self.column(0, cols);
            let wide = cols > 1 && count as f32 * 10.0 > narrow * 2.0;
            if wide && col > 0 {
                self.y += tallest;
                (col, tallest) = (0, 0.0);
            }
            let (x, w) = if wide {
                (self.pad, self.inner)
            } else {
                self.column(col, cols)
            };
            // As wide as a cell can be for all to stand in one row, within limits.
            let cell_w = (w / count.max(1) as f32 - gap).clamp(7.0, 14.0);
            let per_row = (((w + gap) / (cell_w + gap)) as usize).max(1);
            let grid = Grid {
                x,
                y: self.y + TEXT,
                cols: per_row,
                count,
                cell: (cell_w, cell_h),
                gap,
            };
            let h = TEXT + grid.height() + 8.0;
            out.push(Block {
                ix,
                rect: Rect::new(x, self.y, w, h),
                grid,
            });
            tallest = tallest.max(h);
            col += 1;
            if wide || col == cols {
                self.y += tallest;
                (col, tallest) = (0, 0.0);
            }
        }
        self.y += tallest;
        if sizes.is_empty() {
            self.y += 24.0;
        }
        out
    }

    fn artefacts(&mut self, view: &View) {
        if !view.artefacts.is_empty() {
            self.out.artefacts = Some(Rect::new(self.pad, self.y + 4.0, self.inner, 22.0));
            self.y += 30.0;
        }
    }
}

/// Whether a job made this, or works on it: what is watched stands first.
fn concerns(made_by: Option<u32>, cells: &[CellView], job: Option<u32>) -> bool {
    job.is_some() && (made_by == job || cells.iter().any(|c| c.job == job))
}

fn tile(node: &NodeView, rect: Rect) -> NodeCard {
    let rings = node.polls.first().map(|_| RingAt {
        poll: urgent(node),
        at: Point(rect.x + rect.w - 11.0, rect.y + 12.0),
        r: 5.0,
        label: Rect::default(),
    });
    NodeCard {
        ix: node.ix,
        rect,
        rings: rings.into_iter().collect(),
        bars: Vec::new(),
        more_bars: node.works.len(),
        load: Rect::new(rect.x + 6.0, rect.bottom() - 8.0, rect.w - 12.0, 3.0),
    }
}

/// The poll that matters most: one that a request waits for, else the next.
fn urgent(node: &NodeView) -> usize {
    let polls = node.polls.iter().enumerate();
    polls
        .min_by_key(|(_, p)| (!p.awaited, p.next_us))
        .map_or(0, |(i, _)| i)
}

fn card(node: &NodeView, x: f32, y: f32, w: f32, bars: usize, rings: usize) -> NodeCard {
    const SIDE: f32 = 14.0;
    const RING: f32 = 22.0;
    const BAR: f32 = 18.0;
    let inner = w - 2.0 * SIDE;
    // Label, bar, number: in one line.
    let text = (inner * 0.42).floor();
    let mut at = y + 31.0;
    let mut ring_list = Vec::new();
    // The awaited one is always among them.
    let mut order: Vec<usize> = (0..node.polls.len()).collect();
    crate::base::sort::sort_by_key(&mut order, |&i| {
        node.polls.get(i).is_none_or(|p| !p.awaited)
    });
    order.truncate(rings);
    crate::base::sort::sort(&mut order);
    for &poll in &order {
        ring_list.push(RingAt {
            poll,
            at: Point(x + SIDE + 9.0, at + 10.0),
            r: 7.5,
            label: Rect::new(x + SIDE + 26.0, at, inner - 26.0, 20.0),
        });
        at += RING;
    }
    let first_bar = y + 31.0 + rings as f32 * RING + 4.0;
    at = first_bar;
    let mut bar_list = Vec::new();
    for work in 0..node.works.len().min(bars) {
        bar_list.push(BarAt {
            work,
            label: Rect::new(x + SIDE, at, inner, 18.0),
            bar: Rect::new(x + SIDE + text, at + 7.0, inner - text - 44.0, 5.0),
        });
        at += BAR;
    }
    at = first_bar + bars as f32 * BAR;
    NodeCard {
        ix: node.ix,
        rect: Rect::new(x, y, w, at + 24.0 - y),
        rings: ring_list,
        bars: bar_list,
        more_bars: node.works.len().saturating_sub(bars),
        load: Rect::new(x + SIDE + text, at + 9.0, inner - text - 76.0, 4.0),
    }
}

/// What lies under the pointer and has no element of its own: a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<'a> {
    pub title: &'a str,
    pub cell: &'a CellView,
    pub rect: Rect,
    pub file: bool,
}

pub fn hit<'a>(view: &'a View, layout: &Layout, x: f32, y: f32) -> Option<Hit<'a>> {
    for block in &layout.spaces {
        if let Some(i) = block.grid.hit(x, y) {
            let space = view.spaces.get(block.ix)?;
            return Some(Hit {
                title: &space.title,
                cell: space.cells.get(i)?,
                rect: block.grid.at(i),
                file: false,
            });
        }
    }
    for store in &layout.stores {
        for block in &store.groups {
            if let Some(i) = block.grid.hit(x, y) {
                let group = view.stores.get(store.ix)?.groups.get(block.ix)?;
                return Some(Hit {
                    title: &group.name,
                    cell: group.cells.get(i)?,
                    rect: block.grid.at(i),
                    file: true,
                });
            }
        }
    }
    None
}
