//! The driver itself, on a page made up for it.

use crate::driver::{Page, Result, SECONDS, Window, check, key};
use crate::harness::{Case, case, case_on};

pub const CASES: &[Case] = &[
    case("driver: types, presses, clicks, drags", hands),
    case("driver: sees through shadow roots", shadow),
    case("driver: an error names what was waited for", messages),
    case_on(
        Window::PHONE.dark().reduced_motion(),
        "driver: phone, dark, less motion",
        window,
    ),
];

/// Replaces the page by this HTML.
fn made_of(page: &Page, html: &str) -> Result {
    page.goto("")?;
    let script = "document.body.innerHTML = arguments[0]";
    page.js(script, &[html.into()]).map(drop)
}

fn hands(page: &Page) -> Result {
    made_of(
        page,
        "<textarea></textarea><button>b</button><div style='height: 100px'></div>",
    )?;
    page.js(
        "window.seen = [];
        for (const type of ['keydown', 'click', 'pointerdown', 'pointerup'])
            document.addEventListener(type, e => seen.push(
                type === 'keydown' ? (e.ctrlKey ? 'ctrl ' : '') + e.key
                : type + ' ' + e.target.tagName), true)",
        &[],
    )?;
    page.enter("textarea", "SELECT 'ß';")?;
    page.press(&[key::CONTROL, "c"])?;
    let field = page.find("textarea")?;
    check(field.value()? == "SELECT 'ß';\n", field.value()?)?;
    page.find("button")?.click()?;
    let (left, top, ..) = page.find("div[style]")?.rect()?;
    page.drag((left + 5, top + 5), (left + 50, top + 20))?;
    let seen = page.js("return seen.join()", &[])?.to_string();
    for wanted in [
        "Enter",
        "ctrl c",
        "click BUTTON",
        "pointerdown DIV,pointerup DIV",
    ] {
        check(seen.contains(wanted), format!("no {wanted} in {seen}"))?;
    }
    field.clear()?;
    check(field.value()?.is_empty(), "the field is not empty")
}

fn shadow(page: &Page) -> Result {
    made_of(page, "<p>outside</p><div id=host></div>")?;
    page.js(
        "const root = document.getElementById('host').attachShadow({ mode: 'open' });
        root.innerHTML = '<style>p { color: rgb(1, 2, 3) }</style><p><input aria-label=field> inside</p>'",
        &[],
    )?;
    check(page.find_all("p")?.len() == 2, "not both paragraphs")?;
    check(page.find("p").is_err(), "two are not one")?;
    let text = page.text()?;
    check(text.contains("outside") && text.contains("inside"), &text)?;
    check(!text.contains("rgb"), &text)?;
    page.find("input")?.click()?;
    let focused = page.focused()?;
    check(
        focused.label()? == "field" && focused.role()? == "textbox",
        focused.label()?,
    )?;
    check(
        page.find_all("p")?[1].style("color")?.contains("1, 2, 3"),
        "color",
    )
}

fn messages(page: &Page) -> Result {
    made_of(page, "<p>here</p>")?;
    page.js("console.error('oh ' + 'no')", &[])?;
    let error = page.wait_text("p", "there", SECONDS(0)).err();
    let error = error.map(|e| e.to_string()).unwrap_or_default();
    check(
        error.contains("\"there\" in `p`") && error.contains("here"),
        &error,
    )?;
    let error = page
        .no_errors()
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    check(error.contains("oh no"), &error)?;
    let report = page.report();
    check(report.contains("oh no") && report.contains("here"), &report)
}

fn window(page: &Page) -> Result {
    page.goto("")?;
    let script = "return [innerWidth, innerHeight, devicePixelRatio, \
        ...['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)', '(pointer: coarse)'] \
        .map(q => matchMedia(q).matches)].join()";
    let seen = page.js(script, &[])?;
    check(seen == "360,740,2,true,true,true", seen)
}
