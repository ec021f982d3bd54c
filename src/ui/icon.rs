//! One icon for each family of statuses, and the few of the buttons: drawn, since fonts differ.

use yew::prelude::*;

/// The icon of a family by name.
pub fn family(name: &str) -> Html {
    let (d, fill) = match name {
        "running" => ("M3 1.8v8.4L10.5 6z", true),
        "requested" => ("M3 1h6v1.8L6.8 6 9 9.2V11H3V9.2L5.2 6 3 2.8z", false),
        "undoing" => ("M4.5 1.5 1.8 4.2l2.7 2.7M2 4.2h5a3 3 0 0 1 0 6H4", false),
        "paused" => ("M3 2h2v8H3zM7 2h2v8H7z", true),
        "succeeded" => ("M1.8 6.5 4.8 9.5 10.4 2.8", false),
        "failed" => ("M2.5 2.5l7 7M9.5 2.5l-7 7", false),
        "canceled" => (
            "M6 1.3a4.7 4.7 0 1 0 0 9.4a4.7 4.7 0 1 0 0-9.4M2.8 2.8l6.4 6.4",
            false,
        ),
        _ => (
            "M6 1.3a4.7 4.7 0 1 0 0 9.4a4.7 4.7 0 1 0 0-9.4M6 3.4V6l1.8 1.4",
            false,
        ),
    };
    draw(d, fill)
}

pub fn draw(d: &'static str, fill: bool) -> Html {
    let class = if fill { "icon filled" } else { "icon" };
    html! { <svg class={class} viewBox="0 0 12 12" aria-hidden="true"><path d={d}/></svg> }
}

/// A status in its family's colour, with its icon.
pub fn pill(status: &'static str, family_name: &'static str) -> Html {
    html! {
        <span class={classes!("pill", format!("fam-{family_name}"))}>
            { family(family_name) }{ status }
        </span>
    }
}

pub const PLAY: &str = "M3 1.5v9L10.5 6z";
pub const PAUSE: &str = "M2.5 1.5h2.4v9H2.5zM7.1 1.5h2.4v9H7.1z";
pub const STEP: &str = "M2 1.5v9L8 6zM8.6 1.5h1.8v9H8.6z";
pub const UNDO: &str = "M4.5 1.5 1.8 4.2l2.7 2.7M2 4.2h5a3 3 0 0 1 0 6H4";
pub const THEME: &str = "M6 1a5 5 0 1 0 0 10zM6 1.5a4.5 4.5 0 0 1 0 9";
