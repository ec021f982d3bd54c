//! Painting shapes on a canvas.

use crate::base::Map;
use crate::playground::view::Family;
use crate::scene::{Drawn, Ink, Rect, Shape, controls};
use std::f64::consts::TAU;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The colour of each ink, read from the style sheet.
#[derive(Default)]
pub struct Palette {
    colours: Map<Ink, String>,
}

impl Palette {
    pub fn read(element: &web_sys::Element) -> Palette {
        let mut palette = Palette::default();
        let style = web_sys::window().and_then(|w| w.get_computed_style(element).ok().flatten());
        let Some(style) = style else { return palette };
        let mut put = |ink, name: &str| {
            let value = style.get_property_value(name).unwrap_or_default();
            palette.colours.insert(ink, value.trim().to_owned());
        };
        put(Ink::Empty, "--cell-empty");
        put(Ink::Track, "--track");
        put(Ink::Rest, "--cell-rest");
        put(Ink::Load, "--load");
        put(Ink::Line, "--line-strong");
        put(Ink::Warn, "--warn");
        put(Ink::Text, "--text");
        for family in Family::ALL {
            put(Ink::Family(family), &format!("--{}", family.name()));
            put(Ink::Soft(family), &format!("--{}-soft", family.name()));
        }
        palette
    }

    fn colour(&self, ink: Ink) -> &str {
        self.colours.get(&ink).map_or("gray", |c| c.as_str())
    }
}

/// Paints `shapes` (sorted by style) on a canvas of `width` by `height` CSS pixels.
pub fn paint(
    canvas: &HtmlCanvasElement,
    palette: &Palette,
    width: f32,
    height: f32,
    shapes: &[Drawn],
) -> Option<()> {
    let ratio = web_sys::window()?.device_pixel_ratio().clamp(1.0, 3.0);
    let (w, h) = (
        (f64::from(width) * ratio) as u32,
        (f64::from(height) * ratio) as u32,
    );
    if canvas.width() != w || canvas.height() != h {
        canvas.set_width(w);
        canvas.set_height(h);
    }
    let context = canvas.get_context("2d").ok()??;
    let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    context.set_line_cap("round");
    context.set_font("11px system-ui, sans-serif");
    let mut style = None;
    for shape in shapes {
        if style != Some((shape.ink, shape.alpha)) {
            style = Some((shape.ink, shape.alpha));
            let colour = palette.colour(shape.ink);
            context.set_fill_style_str(colour);
            context.set_stroke_style_str(colour);
            context.set_global_alpha(f64::from(shape.alpha) / 255.0);
        }
        one(&context, &shape.shape);
    }
    context.set_global_alpha(1.0);
    Some(())
}

fn one(c: &CanvasRenderingContext2d, shape: &Shape) {
    match shape {
        Shape::Fill(r, radius) => {
            if *radius > 2.0 {
                rounded(c, r, *radius);
                c.fill();
            } else {
                c.fill_rect(f(r.x), f(r.y), f(r.w), f(r.h));
            }
        }
        Shape::Frame(r, _) => {
            c.set_line_width(1.0);
            c.stroke_rect(f(r.x) + 0.5, f(r.y) + 0.5, f(r.w) - 1.0, f(r.h) - 1.0);
        }
        Shape::Hatch(r) => hatch(c, r),
        Shape::Arc {
            at,
            r,
            width,
            from,
            to,
        } => {
            if to <= from {
                return;
            }
            let turn = |part: f32| (f(part) - 0.25) * TAU;
            c.begin_path();
            c.set_line_width(f(*width));
            let _ = c.arc(f(at.0), f(at.1), f(*r), turn(*from), turn(*to));
            c.stroke();
        }
        Shape::Disc(at, r) => {
            c.begin_path();
            let _ = c.arc(f(at.0), f(at.1), f(*r), 0.0, TAU);
            c.fill();
        }
        Shape::Curve { from, to, dashed } => {
            let (a, b) = controls(*from, *to);
            c.begin_path();
            c.set_line_width(1.5);
            c.move_to(f(from.0), f(from.1));
            c.bezier_curve_to(f(a.0), f(a.1), f(b.0), f(b.1), f(to.0), f(to.1));
            if *dashed {
                dash(c, &[4.0, 4.0]);
            }
            c.stroke();
            if *dashed {
                dash(c, &[]);
            }
        }
        Shape::Label(at, text) => {
            let _ = c.fill_text(text, f(at.0), f(at.1));
        }
    }
}

fn f(v: f32) -> f64 {
    f64::from(v)
}

fn dash(c: &CanvasRenderingContext2d, lengths: &[f64]) {
    let list = js_sys::Array::new();
    for length in lengths {
        list.push(&(*length).into());
    }
    let _ = c.set_line_dash(&list);
}

fn rounded(c: &CanvasRenderingContext2d, r: &Rect, radius: f32) {
    c.begin_path();
    let radius = radius.min(r.w / 2.0).min(r.h / 2.0).max(0.0);
    let _ = c.round_rect_with_f64(f(r.x), f(r.y), f(r.w), f(r.h), f(radius));
}

/// Slanted lines, cut at the edges: `/` every four pixels.
fn hatch(c: &CanvasRenderingContext2d, r: &Rect) {
    if r.w < 0.5 || r.h < 0.5 {
        return;
    }
    c.begin_path();
    c.set_line_width(1.2);
    // The lines lie on a grid of the whole canvas, so that neighbours continue each other.
    let first = 4.0 - (r.x + r.y).rem_euclid(4.0);
    let mut d = first;
    while d < r.w + r.h {
        let (x1, y1) = (r.x + (d - r.h).max(0.0), r.y + d.min(r.h));
        let (x2, y2) = (r.x + d.min(r.w), r.y + (d - r.w).max(0.0));
        c.move_to(f(x1), f(y1));
        c.line_to(f(x2), f(y2));
        d += 4.0;
    }
    c.stroke();
}
