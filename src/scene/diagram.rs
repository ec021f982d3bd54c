//! A job's state machine as a drawing: where it is, how it got there, where it may go.

use super::draw::family;
use super::shape::Rect;
use crate::playground::view::{Family, JobView, MachineView};

#[derive(Clone, Debug, PartialEq)]
pub struct Diagram {
    pub width: f32,
    pub height: f32,
    pub states: Vec<StateBox>,
    pub arrows: Vec<Arrow>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StateBox {
    pub name: &'static str,
    pub family: &'static str,
    pub rect: Rect,
    pub current: bool,
    pub visited: bool,
    /// A move leads here from where the job is.
    pub next: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// An SVG path.
    pub path: String,
    /// Where its head stands, and which way it points: (dx, dy) of length 1.
    pub head: (f32, f32, f32, f32),
    pub taken: bool,
    pub possible: bool,
    /// `cancel, by n1`: what makes the move.
    pub title: String,
}

const H: f32 = 24.0;
const ROW: f32 = 42.0;
const COL_GAP: f32 = 26.0;

/// In which row of the drawing a status stands by nature: the good way above, the undoing below.
fn row(family: Family) -> u8 {
    match family {
        Family::Pending | Family::Running | Family::Succeeded => 0,
        Family::Requested | Family::Undoing | Family::Canceled => 1,
        Family::Failed => 2,
        Family::Paused => 3,
    }
}

/// Draws the machine of a job that has gone through `job.history`.
pub fn diagram(machine: &MachineView, job: &JobView) -> Diagram {
    let index = |name: &str| machine.states.iter().position(|s| s.name == name);
    let n = machine.states.len();
    // Columns: moves from the beginning.
    let mut depth = vec![usize::MAX; n];
    if let Some(first) = depth.first_mut() {
        *first = 0;
    }
    for _ in 0..n {
        for step in &machine.moves {
            let (Some(a), Some(b)) = (index(step.from), index(step.to)) else {
                continue;
            };
            let from = depth.get(a).copied().unwrap_or(usize::MAX);
            if let Some(to) = depth.get_mut(b)
                && from != usize::MAX
                && from + 1 < *to
            {
                *to = from + 1;
            }
        }
    }
    let last = depth.iter().filter(|d| **d != usize::MAX).max().copied();
    let last = last.unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    for (i, state) in machine.states.iter().enumerate() {
        // What no move leads to: an end stands at the end, another state at the beginning.
        let d = match depth.get(i).copied() {
            Some(d) if d != usize::MAX => d,
            _ if state.terminal => last,
            _ => 0,
        };
        if let Some(column) = columns.get_mut(d) {
            column.push(i);
        }
    }
    let family_of = |name: &str| {
        let state = machine.states.iter().find(|s| s.name == name);
        state.map_or(Family::Pending, |s| family(s.family))
    };
    // A request belongs to the row of what it leads to: pausing lies below cancelling.
    let row_of = |i: usize| {
        let name = machine.states.get(i).map_or("", |s| s.name);
        let mut leads = machine.moves.iter().filter(|m| m.from == name);
        match family_of(name) {
            Family::Requested if leads.any(|m| family_of(m.to) == Family::Paused) => {
                row(Family::Paused)
            }
            other => row(other),
        }
    };
    for column in &mut columns {
        crate::base::sort::sort_by_key(column, |&i| row_of(i));
    }
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(1);
    let height = tallest as f32 * ROW;
    let current = job.status;
    let mut states: Vec<StateBox> = Vec::new();
    let mut place: Vec<usize> = vec![0; n];
    let mut x = 2.0;
    for column in &columns {
        let widest = column
            .iter()
            .filter_map(|&i| machine.states.get(i))
            .map(|s| width(s.name))
            .max()
            .unwrap_or(0);
        let w = widest as f32 / 10.0 + 20.0;
        let top = (height - column.len() as f32 * ROW) / 2.0;
        for (k, &i) in column.iter().enumerate() {
            let Some(state) = machine.states.get(i) else {
                continue;
            };
            if let Some(place) = place.get_mut(i) {
                *place = states.len();
            }
            let y = top + k as f32 * ROW + (ROW - H) / 2.0;
            states.push(StateBox {
                name: state.name,
                family: state.family,
                rect: Rect::new(x, y, w, H),
                current: state.name == current,
                visited: job.history.iter().any(|h| h.status == state.name),
                next: machine
                    .moves
                    .iter()
                    .any(|m| m.from == current && m.to == state.name),
            });
        }
        x += w + COL_GAP;
    }
    let taken = |from: &str, to: &str| {
        let pairs = job.history.iter().zip(job.history.iter().skip(1));
        pairs
            .into_iter()
            .any(|(a, b)| a.status == from && b.status == to)
    };
    let mut arrows: Vec<Arrow> = Vec::new();
    let mut drawn: Vec<(&str, &str)> = Vec::new();
    for step in &machine.moves {
        if drawn.contains(&(step.from, step.to)) || step.from == step.to {
            continue;
        }
        drawn.push((step.from, step.to));
        let at = |name| {
            let i = index(name)?;
            states.get(*place.get(i)?).map(|s| s.rect)
        };
        let (Some(a), Some(b)) = (at(step.from), at(step.to)) else {
            continue;
        };
        let (path, head) = curve(a, b);
        let titles: Vec<String> = machine
            .moves
            .iter()
            .filter(|m| m.from == step.from && m.to == step.to)
            .map(|m| format!("{} ({})", m.event, m.who))
            .collect();
        arrows.push(Arrow {
            path,
            head,
            taken: taken(step.from, step.to),
            possible: step.from == current,
            title: format!("{} → {}: {}", step.from, step.to, titles.join(", ")),
        });
    }
    // What was gone and what may come lie above the rest.
    crate::base::sort::sort_by_key(&mut arrows, |a| (a.taken, a.possible));
    Diagram {
        width: x - COL_GAP + 2.0,
        height,
        states,
        arrows,
    }
}

/// About how wide a word is, in tenths of a pixel: capitals are wider.
fn width(name: &str) -> u32 {
    let letter = |c: char| if c.is_ascii_uppercase() { 84 } else { 64 };
    name.chars().map(letter).sum()
}

/// From box to box: sideways between columns, around the side within one, below on the way back.
fn curve(a: Rect, b: Rect) -> (String, (f32, f32, f32, f32)) {
    let n = |v: f32| (v * 10.0) as i32;
    let p = |v: f32| {
        let v = n(v);
        let sign = if v < 0 { "-" } else { "" };
        format!("{sign}{}.{}", v.abs() / 10, v.abs() % 10)
    };
    let (am, bm) = (a.middle(), b.middle());
    let (from, c1, c2, to, head) = if b.x > a.x + a.w {
        let (x1, x2) = (a.x + a.w, b.x - 6.0);
        let bend = ((x2 - x1) * 0.5).max(8.0);
        (
            (x1, am.1),
            (x1 + bend, am.1),
            (x2 - bend, bm.1),
            (x2, bm.1),
            (1.0, 0.0),
        )
    } else if b.x + b.w < a.x {
        let (x1, x2) = (a.x + 10.0, b.x + b.w - 10.0);
        let (y1, y2, dir) = if bm.1 >= am.1 {
            (a.bottom(), b.bottom() + 6.0, -1.0)
        } else {
            (a.y, b.bottom() + 6.0, -1.0)
        };
        (
            (x1, y1),
            (x1 - 10.0, y1.max(y2) + 12.0),
            (x2 + 10.0, y2.max(y1) + 14.0),
            (x2, y2),
            (0.0, dir),
        )
    } else if (bm.1 - am.1).abs() <= ROW + 1.0 {
        let down = bm.1 > am.1;
        let shift = if down { -8.0 } else { 8.0 };
        let (y1, y2) = if down {
            (a.bottom(), b.y - 6.0)
        } else {
            (a.y, b.bottom() + 6.0)
        };
        let x = am.0 + shift;
        let dir = if down { 1.0 } else { -1.0 };
        ((x, y1), (x, y1), (x, y2), (x, y2), (0.0, dir))
    } else {
        // Past the boxes between them.
        let x = a.x + a.w;
        let far = x + 24.0;
        (
            (x, am.1),
            (far, am.1),
            (far, bm.1),
            (b.x + b.w + 6.0, bm.1),
            (-1.0, 0.0),
        )
    };
    let path = format!(
        "M{} {}C{} {} {} {} {} {}",
        p(from.0),
        p(from.1),
        p(c1.0),
        p(c1.1),
        p(c2.0),
        p(c2.1),
        p(to.0),
        p(to.1)
    );
    (path, (to.0, to.1, head.0, head.1))
}
