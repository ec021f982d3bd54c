//! The keyboard outside the console (DESIGN 6).

/// What `?` shows.
pub const KEYS: &[(&str, &str)] = &[
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

pub fn read(key: &str) -> Option<Key> {
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
