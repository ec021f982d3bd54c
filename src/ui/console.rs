//! The console: a tab per session, the transcript, the text field under its highlighted mirror.

use super::app::{Action, Same};
use super::core::Core;
use super::notes;
use crate::playground::scenario::find;
use crate::playground::{Entry, EntryKind, View};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    pub core: Same<RefCell<Core>>,
    pub view: Same<View>,
    pub session: AttrValue,
    /// Changes with everything that the transcript may show.
    pub stamp: (u64, u64),
    /// Lines that the link brings, waiting to be agreed to.
    pub command: AttrValue,
    pub act: Callback<Action>,
}

/// More entries than this are not kept in the page; they are in the run log.
const SHOWN: usize = 250;
/// Longer texts are cut in the transcript.
const MAX_TEXT: usize = 60_000;
/// Longer texts are typed without colours.
const MAX_COLOURED: usize = 8_192;

pub enum Msg {
    Input,
    /// The field's text, taken out of it.
    Enter(String),
    Key(KeyboardEvent),
    Run(String),
    Connect,
    Focus(MouseEvent),
}

pub struct Console {
    input: NodeRef,
    output: NodeRef,
    draft: String,
    /// Where in the history the field stands; its length: at the draft.
    at: usize,
    kept: String,
    /// What was shown last: to know whether something was added.
    shown: (String, usize, Option<*const Entry>),
}

impl Component for Console {
    type Message = Msg;
    type Properties = ConsoleProps;

    fn create(_ctx: &Context<Console>) -> Console {
        Console {
            input: NodeRef::default(),
            output: NodeRef::default(),
            draft: String::new(),
            at: usize::MAX,
            kept: String::new(),
            shown: (String::new(), 0, None),
        }
    }

    fn changed(&mut self, ctx: &Context<Console>, old: &ConsoleProps) -> bool {
        let new = ctx.props();
        // The view alone changes ten times a second; the transcript does not look at it unless
        // something was told.
        let told = |view: &View| view.story.last().map(|s| s.at_us);
        new.stamp != old.stamp
            || new.session != old.session
            || new.command != old.command
            || told(&new.view) != told(&old.view)
    }

    fn update(&mut self, ctx: &Context<Console>, msg: Msg) -> bool {
        match msg {
            Msg::Input => {
                self.draft = self.field().map_or(String::new(), |f| f.value());
                self.at = usize::MAX;
                ctx.props().core.borrow().keep_draft(&self.draft);
                true
            }
            Msg::Enter(text) => {
                // What was typed since belongs behind it.
                let since = self.field().map_or(String::new(), |f| f.value());
                let session = ctx.props().session.to_string();
                if text.trim().is_empty() {
                    self.set(&since);
                } else if ctx.props().core.borrow().is_complete(&session, &text) {
                    self.run(ctx, format!("{text}\n"));
                    if !since.is_empty() {
                        self.set(&format!("{}{since}", self.draft));
                    }
                } else {
                    self.set(&format!("{text}\n{since}"));
                }
                true
            }
            Msg::Key(event) => self.key(ctx, &event),
            Msg::Run(line) => {
                self.run(ctx, format!("{line}\n"));
                true
            }
            Msg::Connect => {
                self.set("\\connect ");
                self.focus();
                true
            }
            Msg::Focus(event) => {
                // A click that selects text, or hits a button, wants something else.
                let selects = web_sys::window()
                    .and_then(|w| w.get_selection().ok().flatten())
                    .is_some_and(|s| !s.is_collapsed());
                let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
                let other =
                    target.is_some_and(|t| t.closest("button,textarea").ok().flatten().is_some());
                if !selects && !other {
                    self.focus();
                }
                false
            }
        }
    }

    fn rendered(&mut self, ctx: &Context<Console>, first: bool) {
        let draft = first
            .then(|| ctx.props().core.borrow_mut().restored.take())
            .flatten();
        if let Some(draft) = draft {
            self.set(&draft);
            ctx.link().send_message(Msg::Input);
        }
        if first {
            let wide = web_sys::window()
                .and_then(|w| w.inner_width().ok()?.as_f64())
                .is_some_and(|w| w > 760.0);
            if wide {
                self.focus();
            }
        }
        self.fit();
        let (count, last) = {
            let core = ctx.props().core.borrow();
            let entries = entries_of(&core, &ctx.props().session);
            (entries.len(), entries.last().map(Rc::as_ptr))
        };
        let now = (ctx.props().session.to_string(), count, last);
        if now != self.shown {
            self.shown = now;
            if let Some(output) = self.output.cast::<Element>() {
                output.set_scroll_top(output.scroll_height());
            }
        }
    }

    fn view(&self, ctx: &Context<Console>) -> Html {
        let props = ctx.props();
        let core = props.core.borrow();
        let link = ctx.link();
        let session = props.session.as_str();
        let entries = entries_of(&core, session);
        let skip = entries.len().saturating_sub(SHOWN);
        let continued = core.playground.prompt(session, true);
        let waiting = core.playground.waits(session);
        let prompt = core.playground.prompt(session, false);
        let chips = find(&props.view.scenario).map_or(&[][..], |s| s.try_first);
        let story = &props.view.story;
        let console = core
            .playground
            .consoles()
            .iter()
            .find(|c| *c.name == *session);
        html! {
            <section class="console" aria-label="Console" onclick={link.callback(Msg::Focus)}>
                <div class="tabs" role="tablist" aria-label="Sessions">
                    { for core.playground.consoles().iter().map(|c| {
                        let name = c.name.to_string();
                        let click = props.act.reform(move |_: MouseEvent| Action::Session(name.clone()));
                        let on = *c.name == *session;
                        let busy = core.playground.waits(&c.name).is_some();
                        html! {
                            <button key={c.name.to_string()} role="tab" aria-selected={on.to_string()}
                                class={classes!(busy.then_some("busy"))}
                                data-testid="session-tab" data-session={c.name.to_string()} onclick={click}>
                                { c.name.to_string() }
                            </button>
                        }
                    }) }
                    <button class="add" aria-label="Open another session (\\connect)" title="Open another session"
                        onclick={link.callback(|_| Msg::Connect)}>{ "+" }</button>
                </div>
                <div class="output" ref={self.output.clone()} tabindex="0" aria-label="Transcript">
                    if skip > 0 {
                        <p class="cut">{ format!("{skip} earlier entries: \\log prints the run") }</p>
                    }
                    if entries.is_empty() {
                        { welcome(&props.view) }
                    }
                    { for entries.iter().enumerate().skip(skip).filter(|(i, _)| !is_clock(entries, *i)).map(|(i, entry)| {
                        let note = notes::note(story, entries, i);
                        html! {
                            <Row key={i} core={props.core.clone()} entry={Same(entry.clone())}
                                session={props.session.clone()} note={note.map(AttrValue::from)}
                                continued={AttrValue::from(continued.clone())} />
                        }
                    }) }
                    if let Some(since) = waiting {
                        <p class="waits" role="status">
                            <span class="spinner" aria-hidden="true"></span>
                            { format!("waits since {}. ", crate::scene::words::clock(since.0)) }
                            <button class="link" onclick={link.callback(|_| Msg::Run("\\interrupt".into()))}>{ "Ctrl-C" }</button>
                            { " gives the session back." }
                        </p>
                        { for console.iter().flat_map(|c| &c.queue).take(5).map(|line| html! {
                            <p class="waits"><span>{ "then: " }</span><code>{ line.to_string() }</code></p>
                        }) }
                    }
                </div>
                if !props.command.is_empty() {
                    <div class="asked" role="alertdialog" aria-label="Run these lines?" data-testid="command-prompt">
                        <p>{ "The link brings these lines:" }</p>
                        <pre>{ props.command.clone() }</pre>
                        <button class="primary" data-testid="command-run" onclick={props.act.reform(|_: MouseEvent| Action::RunCommand)}>{ "Run these lines" }</button>
                        <button onclick={props.act.reform(|_: MouseEvent| Action::DropCommand)}>{ "Not now" }</button>
                    </div>
                }
                if !chips.is_empty() {
                    <div class="chips" role="group" aria-label="Try one of these">
                        { for chips.iter().map(|line| html! {
                            <button data-testid="try" title={*line} onclick={link.callback(|_| Msg::Run((*line).to_owned()))}>{ *line }</button>
                        }) }
                    </div>
                }
                <div class="entry-line">
                    <label class="prompt" for="console-input">{ prompt }</label>
                    <div class="field">
                        <pre class="mirror" aria-hidden="true">{ self.mirror(&core, session) }</pre>
                        <textarea id="console-input" ref={self.input.clone()} data-testid="console-input" rows="1"
                            spellcheck="false" autocomplete="off" autocapitalize="off" autocorrect="off"
                            enterkeyhint="send" placeholder="a statement; or \\help"
                            aria-label={format!("SQL in session {session}")}
                            oninput={link.callback(|_| Msg::Input)} onkeydown={link.callback(pressed)} />
                    </div>
                </div>
            </section>
        }
    }
}

/// Enter must be taken within its event, or the browser puts a line break into the field, and a
/// key that follows at once finds the old text.
fn pressed(event: KeyboardEvent) -> Msg {
    let enter = event.key() == "Enter" && !event.shift_key() && !event.is_composing();
    let field = event
        .target()
        .and_then(|t| t.dyn_into::<HtmlTextAreaElement>().ok());
    match field.filter(|_| enter) {
        Some(field) => {
            event.prevent_default();
            let text = field.value();
            field.set_value("");
            Msg::Enter(text)
        }
        None => Msg::Key(event),
    }
}

impl Console {
    fn field(&self) -> Option<HtmlTextAreaElement> {
        self.input.cast::<HtmlTextAreaElement>()
    }
    fn focus(&self) {
        if let Some(field) = self.field() {
            let _ = field.focus();
        }
    }

    /// Puts text into the field, the caret at its end.
    fn set(&mut self, text: &str) {
        self.draft = text.to_owned();
        if let Some(field) = self.field() {
            field.set_value(text);
        }
    }

    /// As high as its text, within limits.
    fn fit(&self) {
        if let Some(field) = self.field() {
            let lines = self.draft.bytes().filter(|b| *b == b'\n').take(9).count() as u32 + 1;
            if field.rows() != lines {
                field.set_rows(lines);
            }
        }
    }

    fn mirror(&self, core: &Core, session: &str) -> Html {
        if self.draft.len() > MAX_COLOURED {
            return html! { { self.draft.clone() } };
        }
        coloured(core, session, &self.draft, "")
    }

    fn run(&mut self, ctx: &Context<Console>, text: String) {
        let session = ctx.props().session.to_string();
        let rest = ctx.props().core.borrow_mut().enter(&session, &text);
        self.set(&rest);
        self.at = usize::MAX;
        ctx.props().core.borrow().keep_draft(&rest);
        ctx.props().act.emit(Action::Changed);
    }

    fn key(&mut self, ctx: &Context<Console>, event: &KeyboardEvent) -> bool {
        let Some(field) = self.field() else {
            return false;
        };
        let text = field.value();
        match event.key().as_str() {
            "c" if event.ctrl_key() && !event.meta_key() => {
                let none = field.selection_start() == field.selection_end();
                if !none {
                    return false;
                }
                event.prevent_default();
                let busy = ctx.props().core.borrow_mut().interrupt();
                if busy {
                    ctx.props().act.emit(Action::Changed);
                } else {
                    self.set("");
                    ctx.props().core.borrow().keep_draft("");
                }
                true
            }
            "Escape" => {
                let _ = field.blur();
                false
            }
            "ArrowUp" | "ArrowDown" if !event.shift_key() => self.recall(ctx, event, &field, &text),
            _ => false,
        }
    }

    /// Earlier and later lines, where the caret stands in the first or last line of the field.
    fn recall(
        &mut self,
        ctx: &Context<Console>,
        event: &KeyboardEvent,
        field: &HtmlTextAreaElement,
        text: &str,
    ) -> bool {
        let caret = field.selection_start().ok().flatten().unwrap_or(0) as usize;
        let up = event.key() == "ArrowUp";
        // The caret counts UTF-16 units.
        let before = text.encode_utf16().take(caret);
        let after = text.encode_utf16().skip(caret);
        let newline = u16::from(b'\n');
        let inside = if up {
            before.into_iter().any(|c| c == newline)
        } else {
            after.into_iter().any(|c| c == newline)
        };
        if inside {
            return false;
        }
        let core = ctx.props().core.borrow();
        let history = &core.history;
        let at = self.at.min(history.len());
        let to = if up {
            at.checked_sub(1)
        } else {
            (at < history.len()).then_some(at + 1)
        };
        let Some(to) = to else { return false };
        event.prevent_default();
        if at == history.len() {
            self.kept = text.to_owned();
        }
        let new = history
            .get(to)
            .cloned()
            .unwrap_or_else(|| self.kept.clone());
        drop(core);
        self.at = to;
        self.set(&new);
        true
    }
}

fn entries_of<'a>(core: &'a Core, session: &str) -> &'a [Rc<Entry>] {
    let consoles = core.playground.consoles();
    let found = consoles.iter().find(|c| *c.name == *session);
    found.map_or(&[], |c| c.entries.as_slice())
}

/// Of several lines in a row that only move the clock of the screen, the last one stands for all.
fn is_clock(entries: &[Rc<Entry>], i: usize) -> bool {
    let clock = |i: usize| {
        entries.get(i).is_some_and(|e| {
            e.kind == EntryKind::Input
                && ["\\pause", "\\play", "\\speed", "\\seek"]
                    .iter()
                    .any(|c| e.text.starts_with(c))
        })
    };
    let says = |i: usize| entries.get(i).is_some_and(|e| e.kind == EntryKind::Note);
    if clock(i) {
        return clock(i + 1) || (says(i + 1) && clock(i + 2));
    }
    i > 0 && says(i) && clock(i - 1) && clock(i + 1)
}

fn welcome(view: &View) -> Html {
    html! {
        <div class="welcome">
            <p><b>{ view.product }</b>{ format!(", {} simulated nodes. Nothing leaves this page.", view.nodes.len()) }</p>
            <p>{ "Type a statement and watch on the right what it does, and when. " }<code>{ "\\help" }</code>{ " lists what is understood." }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    core: Same<RefCell<Core>>,
    entry: Same<Entry>,
    session: AttrValue,
    note: Option<AttrValue>,
    continued: AttrValue,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let entry = &props.entry;
    let (kind, class) = match entry.kind {
        EntryKind::Input => ("input", "in"),
        EntryKind::Output => ("output", "out"),
        EntryKind::Error => ("error", "err"),
        EntryKind::Note => ("note", "says"),
    };
    let cut = entry.text.len() > MAX_TEXT;
    let shown = if cut {
        let end = (0..=MAX_TEXT)
            .rev()
            .find(|i| entry.text.is_char_boundary(*i));
        entry.text.get(..end.unwrap_or(0)).unwrap_or("")
    } else {
        &entry.text
    };
    let body = if entry.kind == EntryKind::Input {
        let core = props.core.borrow();
        let colours = if shown.len() > MAX_COLOURED || shown.starts_with('\\') {
            html! { { shown.to_owned() } }
        } else {
            coloured(&core, &props.session, shown, &props.continued)
        };
        html! { <><span class="ps">{ entry.prompt.clone() }</span>{ colours }</> }
    } else {
        html! { { shown.to_owned() } }
    };
    let role = (entry.kind == EntryKind::Error).then_some("alert");
    let command = entry.kind == EntryKind::Input && entry.text.starts_with('\\');
    html! {
        <div class={classes!("entry", class, command.then_some("command"))} data-testid="console-output" data-kind={kind} {role}>
            <pre>{ body }</pre>
            if cut {
                <p class="cut">{ format!("… {} characters in all", crate::scene::words::thousands(entry.text.chars().count() as u64)) }</p>
            }
            if let Some(note) = &props.note {
                <p class="note" data-testid="note">{ note }</p>
            }
        </div>
    }
}

/// Text with a span around each piece that has a colour, and a prompt before each further line.
fn coloured(core: &Core, session: &str, text: &str, continued: &str) -> Html {
    let mut parts: Vec<Html> = Vec::new();
    let mut put = |from: usize, to: usize, class: &'static str| {
        let piece = text.get(from..to).unwrap_or("");
        for (i, line) in piece.split('\n').enumerate() {
            if i > 0 {
                parts.push("\n".into());
                if !continued.is_empty() {
                    parts.push(html! { <span class="ps">{ continued.to_owned() }</span> });
                }
            }
            if line.is_empty() {
                continue;
            }
            parts.push(match class {
                "" => line.into(),
                _ => html! { <span class={class}>{ line.to_owned() }</span> },
            });
        }
    };
    let mut plain = 0;
    for (span, class) in core.playground.highlight(session, text) {
        if matches!(class, "name" | "operator") {
            continue;
        }
        put(plain, span.start, "");
        put(span.start, span.end, class);
        plain = span.end;
    }
    put(plain, text.len(), "");
    parts.into_iter().collect()
}
