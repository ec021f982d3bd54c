//! Light, dark, or as the system has it.

const KEY: &str = "jobscope-theme";

/// The theme that was chosen on this machine; `auto` if none was.
pub fn kept() -> String {
    let store = web_sys::window().and_then(|w| w.local_storage().ok().flatten());
    let kept = store.and_then(|s| s.get_item(KEY).ok().flatten());
    kept.unwrap_or_else(|| "auto".into())
}

pub fn keep(theme: &str) {
    if let Some(store) = web_sys::window().and_then(|w| w.local_storage().ok().flatten()) {
        let _ = store.set_item(KEY, theme);
    }
}

/// The style sheet asks for it: `light`, `dark`, `auto`.
pub fn apply(theme: &str) {
    let root = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.document_element());
    if let Some(root) = root {
        let theme = if matches!(theme, "light" | "dark") {
            theme
        } else {
            "auto"
        };
        let _ = root.set_attribute("data-theme", theme);
    }
}
