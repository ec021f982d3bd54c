//! The keyboard outside the console (DESIGN 6).

use super::app::Action;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

/// What `?` shows.
const KEYS: &[(&str, &str)] = &[
    ("Space", "play and pause"),
    (", .", "step back and forward"),
    ("[ ]", "previous and next statement"),
    ("0 – 9", "to that tenth of the run"),
    ("U", "undo the last line"),
    ("J K", "next and previous job"),
    ("/", "to the console"),
    ("Esc", "out of the console"),
    ("?", "these keys"),
    ("↑ ↓", "in the console: earlier and later lines"),
    ("Ctrl-C", "in the console: gives a waiting session back"),
    ("Shift-Enter", "in the console: a new line"),
];

/// A key that was pressed while no field had the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    PlayPause,
    Back,
    Forward,
    PreviousLine,
    NextLine,
    Tenth(u8),
    Undo,
    NextJob,
    PreviousJob,
    Console,
    Help,
    Escape,
}

fn read(key: &str) -> Option<Key> {
    Some(match key {
        " " => Key::PlayPause,
        "," => Key::Back,
        "." => Key::Forward,
        "[" => Key::PreviousLine,
        "]" => Key::NextLine,
        "u" | "U" => Key::Undo,
        "j" | "J" => Key::NextJob,
        "k" | "K" => Key::PreviousJob,
        "/" => Key::Console,
        "?" => Key::Help,
        "Escape" => Key::Escape,
        _ => {
            let digit = key.parse::<u8>().ok().filter(|d| *d < 10)?;
            Key::Tenth(digit)
        }
    })
}

/// A key of the page: none while a field has the focus, none with Ctrl, Alt or Meta.
pub fn of_page(event: &KeyboardEvent) -> Option<Key> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
        return None;
    }
    let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
    if let Some(target) = target {
        let name = target.tag_name();
        let field = matches!(name.as_str(), "INPUT" | "TEXTAREA" | "SELECT");
        // A focused button takes the space bar itself.
        if field || (matches!(name.as_str(), "BUTTON" | "SUMMARY") && event.key() == " ") {
            return None;
        }
    }
    read(&event.key())
}

/// The list of keys, over everything else.
pub fn help(act: &Callback<Action>) -> Html {
    let close = act.reform(|_: MouseEvent| Action::Help);
    html! {
        <div class="veil" onclick={close.clone()}>
            <div class="help" role="dialog" aria-modal="true" aria-label="Keys">
                <h2>{ "Keys" }</h2>
                <dl>
                    { for KEYS.iter().map(|(key, what)| html! {
                        <><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></>
                    }) }
                </dl>
                <button onclick={close}>{ "Close" }</button>
            </div>
        </div>
    }
}
