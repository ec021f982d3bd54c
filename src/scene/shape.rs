//! What a picture is made of: plain shapes with a style each, no colours and no canvas.

use crate::playground::view::Family;

/// In CSS pixels, from the top left corner of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Rect {
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Rect {
        Rect { x, y, w, h }
    }
    pub fn contains(&self, x: f32, y: f32) -> bool {
        x >= self.x && x < self.x + self.w && y >= self.y && y < self.y + self.h
    }
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }
    pub fn middle(&self) -> Point {
        Point(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
    /// The lower part of it, `ppm` of its height.
    pub fn filled(&self, ppm: u32) -> Rect {
        let h = self.h * share(ppm);
        Rect::new(self.x, self.y + self.h - h, self.w, h)
    }
    /// The left part of it, `ppm` of its width.
    pub fn begun(&self, ppm: u32) -> Rect {
        Rect::new(self.x, self.y, self.w * share(ppm), self.h)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point(pub f32, pub f32);

/// Parts per million as a fraction of one.
pub fn share(ppm: u32) -> f32 {
    ppm.min(1_000_000) as f32 / 1_000_000.0
}

/// What a shape is painted with. A face has one colour for each; none is told from another by its
/// colour alone, since a word or a form stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// Where something could be and is not.
    Empty,
    /// The bed of a bar or a ring.
    Track,
    /// Data at rest.
    Rest,
    /// Disk load.
    Load,
    Line,
    /// Incomplete: it lies there and is worth nothing.
    Warn,
    Text,
    Family(Family),
    /// The same family, pale.
    Soft(Family),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A rectangle with rounded corners.
    Fill(Rect, f32),
    /// Slanted lines over a rectangle.
    Hatch(Rect),
    /// The outline of a rectangle.
    Frame(Rect, f32),
    /// A part of a circle, clockwise from its top; `from` and `to` in parts of a turn.
    Arc {
        at: Point,
        r: f32,
        width: f32,
        from: f32,
        to: f32,
    },
    Disc(Point, f32),
    /// A curve that leaves and arrives vertically.
    Curve {
        from: Point,
        to: Point,
        dashed: bool,
    },
    Label(Point, String),
}

/// A shape with its style. Higher `z` lies above.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub z: u8,
    pub ink: Ink,
    /// 0 to 255.
    pub alpha: u8,
    pub shape: Shape,
}

/// The control points of a [`Shape::Curve`].
pub fn controls(from: Point, to: Point) -> (Point, Point) {
    let dy = (to.1 - from.1) * 0.5;
    let dx = if dy.abs() < 12.0 {
        (to.0 - from.0) * 0.3
    } else {
        0.0
    };
    (Point(from.0 + dx, from.1 + dy), Point(to.0 - dx, to.1 - dy))
}

/// The point at `t` (0 to 1) of the curve from `from` to `to`.
pub fn along(from: Point, to: Point, t: f32) -> Point {
    let t = t.clamp(0.0, 1.0);
    let (a, b) = controls(from, to);
    let u = 1.0 - t;
    let mix = |p: f32, q: f32, r: f32, s: f32| {
        u * u * u * p + 3.0 * u * u * t * q + 3.0 * u * t * t * r + t * t * t * s
    };
    Point(mix(from.0, a.0, b.0, to.0), mix(from.1, a.1, b.1, to.1))
}
