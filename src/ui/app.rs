//! The root component: the frame loop, the keyboard, and when each part is to be looked at again.

use super::cluster::Cluster;
use super::console::Console;
use super::core::{Core, Journal, Options, Shared, milli};
use super::flights::Flights;
use super::header::Header;
use super::job::JobPanel;
use super::keys::{self, Key};
use super::paint::{self, Palette};
use super::theme;
use super::timeline::Timeline;
use crate::base::Time;
use crate::playground::View;
use crate::playground::view::JobView;
use crate::scene::{self, Layout, Moment, sentences, timeline::moments};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlCanvasElement, HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// Equal only to itself: what is shared is compared by where it lies.
pub struct Same<T: ?Sized>(pub Rc<T>);

impl<T: ?Sized> Clone for Same<T> {
    fn clone(&self) -> Same<T> {
        Same(self.0.clone())
    }
}

impl<T: ?Sized> PartialEq for Same<T> {
    fn eq(&self, other: &Same<T>) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: ?Sized> std::ops::Deref for Same<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

#[derive(Properties)]
pub struct AppProps {
    pub options: Options,
    pub journal: Rc<dyn Fn() -> Box<dyn Journal>>,
}

impl PartialEq for AppProps {
    fn eq(&self, other: &AppProps) -> bool {
        self.options == other.options
    }
}

/// What a person does to the page, beside typing in the console.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something was entered or looked for: show what has changed.
    Changed,
    /// Runs a line as if it had been typed.
    Line(String),
    Select(u32),
    Session(String),
    PlayPause,
    /// To a moment, in microseconds; not printed while dragging.
    Drag(u64),
    Drop(u64),
    Theme,
    Pane(Pane),
    Help,
    RunCommand,
    DropCommand,
    Point(Option<(f32, f32)>),
}

/// What a narrow screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Console,
    Cluster,
    Job,
}

pub enum Msg {
    Frame(f64),
    Act(Action),
    Key(Key),
    Resize,
}

/// Panels are made anew this often at the most.
const PUBLISH_MS: f64 = 100.0;
/// The same where motion is unwelcome: the picture changes from second to second.
const STILL_MS: f64 = 1_000.0;

pub struct App {
    core: Option<Shared>,
    /// Why there is nothing to show, or what the link could not mean.
    told: Option<String>,
    view: Same<View>,
    layout: Same<Layout>,
    selected: Option<u32>,
    /// The statement whose consequence was selected.
    followed: Option<Time>,
    /// The last announcement, when it was made, and up to which moment it told.
    said: AttrValue,
    said_at: f64,
    said_us: u64,
    flights: Flights,
    palette: Palette,
    canvas: NodeRef,
    stage: NodeRef,
    root: NodeRef,
    pane: Pane,
    help: bool,
    dragged: bool,
    command: String,
    tip: Option<(f32, f32, String)>,
    theme: String,
    motion: bool,
    published: f64,
    palette_read: f64,
    kept: f64,
    last_frame: Option<f64>,
    revision: (u64, u64),
    frame: Option<i32>,
    on_frame: Closure<dyn FnMut(f64)>,
    _on_key: Closure<dyn FnMut(KeyboardEvent)>,
    _on_resize: Closure<dyn FnMut()>,
}

impl Component for App {
    type Message = Msg;
    type Properties = AppProps;

    fn create(ctx: &Context<App>) -> App {
        let options = &ctx.props().options;
        let (core, told) = match Core::open(options, (ctx.props().journal)()) {
            Ok((core, told)) => (Some(Rc::new(RefCell::new(core))), told),
            Err(error) => (None, Some(error.to_string())),
        };
        let link = ctx.link().clone();
        let on_frame = Closure::new(move |t| link.send_message(Msg::Frame(t)));
        let link = ctx.link().clone();
        let on_key = Closure::new(move |event: KeyboardEvent| {
            if let Some(key) = keys::of_page(&event) {
                event.prevent_default();
                link.send_message(Msg::Key(key));
            }
        });
        let link = ctx.link().clone();
        let on_resize = Closure::new(move || link.send_message(Msg::Resize));
        let mut motion = true;
        if let Some(window) = web_sys::window() {
            let key: &js_sys::Function = on_key.as_ref().unchecked_ref();
            let resize: &js_sys::Function = on_resize.as_ref().unchecked_ref();
            let _ = window.add_event_listener_with_callback("keydown", key);
            let _ = window.add_event_listener_with_callback("resize", resize);
            let query = window.match_media("(prefers-reduced-motion: reduce)");
            motion = !query.ok().flatten().is_some_and(|q| q.matches());
        }
        let view = match &core {
            Some(core) => core.borrow().playground.view(),
            None => empty_view(),
        };
        if let Some(core) = &core {
            // Where motion is unwelcome the clock waits to be stepped.
            core.borrow_mut().playing = motion && options.restore.is_none();
        }
        let layout = scene::layout(&view, 700.0, None);
        let mut app = App {
            core,
            told,
            view: Same(Rc::new(view)),
            layout: Same(Rc::new(layout)),
            selected: None,
            followed: None,
            said: AttrValue::default(),
            said_at: 0.0,
            said_us: 0,
            flights: Flights::default(),
            palette: Palette::default(),
            canvas: NodeRef::default(),
            stage: NodeRef::default(),
            root: NodeRef::default(),
            pane: Pane::Console,
            help: false,
            dragged: false,
            command: options.command.clone(),
            tip: None,
            theme: options.theme.clone(),
            motion,
            published: 0.0,
            palette_read: -1e9,
            kept: 0.0,
            last_frame: None,
            revision: (0, 0),
            frame: None,
            on_frame,
            _on_key: on_key,
            _on_resize: on_resize,
        };
        if app.theme.is_empty() {
            app.theme = theme::kept();
        }
        theme::apply(&app.theme);
        app.follow();
        app
    }

    fn update(&mut self, _ctx: &Context<App>, msg: Msg) -> bool {
        let changed = match msg {
            Msg::Frame(t) => self.frame(t),
            Msg::Act(action) => self.act(action),
            Msg::Key(key) => self.key(key),
            Msg::Resize => {
                self.publish(now_ms());
                true
            }
        };
        self.request_frame();
        changed
    }

    fn rendered(&mut self, _ctx: &Context<App>, first: bool) {
        if first {
            // Only now is there a width to lay out for.
            self.publish(now_ms());
            _ctx.link().send_message(Msg::Resize);
        }
        self.paint(now_ms());
        self.request_frame();
    }

    fn view(&self, ctx: &Context<App>) -> Html {
        let act = ctx.link().callback(Msg::Act);
        let Some(core) = &self.core else {
            return html! {
                <main class="broken" role="alert">
                    <h1>{ "Jobscope" }</h1>
                    <p>{ self.told.clone().unwrap_or_default() }</p>
                </main>
            };
        };
        let options = &ctx.props().options;
        let pane = match self.pane {
            Pane::Console => "pane-console",
            Pane::Cluster => "pane-cluster",
            Pane::Job => "pane-job",
        };
        let mode = match options.mode.as_str() {
            "focus" => "mode-focus",
            "result" => "mode-result",
            _ => "mode-full",
        };
        let embed = options.embed.then_some("embed");
        let (playing, speed, session, furthest, stamp) = {
            let core = core.borrow();
            (
                core.playing,
                core.speed_milli,
                AttrValue::from(core.session.clone()),
                core.furthest.0,
                core.playground.revision(),
            )
        };
        let shared = Same(core.clone());
        let tab = |which: Pane, text: &'static str| {
            let on = self.pane == which;
            let click = act.reform(move |_: MouseEvent| Action::Pane(which));
            html! {
                <button role="tab" aria-selected={on.to_string()} onclick={click}>{ text }</button>
            }
        };
        html! {
            <div class={classes!("app", pane, mode, embed)} ref={self.root.clone()}>
                <Header view={self.view.clone()} theme={AttrValue::from(self.theme.clone())}
                    act={act.clone()} />
                if let Some(told) = &self.told {
                    <p class="told" role="status">{ told }</p>
                }
                <nav class="panes" role="tablist" aria-label="What is shown">
                    { tab(Pane::Console, "Console") }
                    { tab(Pane::Cluster, "Cluster") }
                    { tab(Pane::Job, "Job") }
                </nav>
                <Console core={shared.clone()} view={self.view.clone()} {session} {stamp}
                    command={AttrValue::from(self.command.clone())} act={act.clone()} />
                <section class="cluster" aria-label="Cluster">
                    <div class="stage" ref={self.stage.clone()}
                        onpointermove={pointer(&act)} onpointerleave={act.reform(|_| Action::Point(None))}>
                        <Cluster view={self.view.clone()} layout={self.layout.clone()}
                            selected={self.selected} act={act.clone()} />
                        <canvas ref={self.canvas.clone()} aria-hidden="true" />
                        if let Some((x, y, text)) = &self.tip {
                            <div class="tip" style={tip_style(*x, *y, self.layout.width)}>{ text }</div>
                        }
                    </div>
                    { self.story() }
                </section>
                <JobPanel core={shared.clone()} view={self.view.clone()} selected={self.selected}
                    act={act.clone()} />
                <Timeline core={shared} view={self.view.clone()} selected={self.selected}
                    {playing} speed_milli={speed} {furthest} act={act.clone()} />
                <p class="hidden" role="log" aria-live="polite">{ self.said.clone() }</p>
                if self.help {
                    { keys::help(&act) }
                }
            </div>
        }
    }

    fn destroy(&mut self, _ctx: &Context<App>) {
        let Some(window) = web_sys::window() else {
            return;
        };
        if let Some(frame) = self.frame.take() {
            let _ = window.cancel_animation_frame(frame);
        }
        let key: &js_sys::Function = self._on_key.as_ref().unchecked_ref();
        let resize: &js_sys::Function = self._on_resize.as_ref().unchecked_ref();
        let _ = window.remove_event_listener_with_callback("keydown", key);
        let _ = window.remove_event_listener_with_callback("resize", resize);
    }
}

impl App {
    fn playing(&self) -> bool {
        self.core.as_ref().is_some_and(|c| c.borrow().playing)
    }

    /// One frame: time goes on, what moves is painted, and now and then the panels are made anew.
    fn frame(&mut self, t: f64) -> bool {
        self.frame = None;
        let Some(core) = self.core.clone() else {
            return false;
        };
        let dt = (t - self.last_frame.unwrap_or(t)).clamp(0.0, 100.0);
        self.last_frame = Some(t);
        if self.playing() && !self.dragged {
            core.borrow_mut()
                .advance((dt * 1_000.0) as u64, 6.0, now_ms);
        }
        let revision = core.borrow().playground.revision();
        let every = if self.motion { PUBLISH_MS } else { STILL_MS };
        let due = t - self.published >= every;
        if (due && self.playing()) || (revision != self.revision && t - self.published >= 30.0) {
            if t - self.kept > 1_000.0 {
                self.kept = t;
                core.borrow().keep();
            }
            self.publish(t);
            return true;
        }
        if self.motion {
            self.paint(t);
        }
        false
    }

    /// Looks at the cluster again.
    fn publish(&mut self, t: f64) {
        let Some(core) = self.core.clone() else {
            return;
        };
        self.published = t;
        let view = {
            let core = core.borrow();
            self.revision = core.playground.revision();
            core.playground.view()
        };
        self.flights.take_off(&view, t, self.motion);
        self.view = Same(Rc::new(view));
        self.follow();
        self.say(t);
        let width = self
            .stage
            .cast::<HtmlElement>()
            .map_or(0, |e| e.client_width());
        if width > 0 {
            let layout = scene::layout(&self.view, width as f32, self.selected);
            if layout != *self.layout {
                self.layout = Same(Rc::new(layout));
            }
        }
    }

    /// Selects what the last statement has changed; else keeps what is selected, while it is there.
    fn follow(&mut self) {
        const AT_ONCE_US: u64 = 50_000;
        let last = self.core.as_ref().and_then(|c| c.borrow().last_statement);
        let listed = || self.view.jobs.iter().filter(|j| j.listed);
        // One that is at work shows more than one that only stands for others.
        let best = |a: &&JobView| (a.phase.is_none(), a.key);
        if let Some(at) = last.filter(|_| last != self.followed) {
            let changed = listed()
                .filter(|j| j.since_us >= at.0 && j.since_us <= at.0.saturating_add(AT_ONCE_US));
            if let Some(job) = changed.min_by_key(best) {
                self.selected = Some(job.key);
                self.followed = last;
                return;
            }
            if self.view.now_us > at.0.saturating_add(AT_ONCE_US) {
                self.followed = last;
            }
        }
        let is_there = |key| self.view.jobs.iter().any(|j| j.key == key);
        if self.selected.is_some_and(is_there) {
            return;
        }
        let first = listed().min_by_key(|j| (j.terminal, best(j)));
        self.selected = first.map(|j| j.key);
    }

    /// Says what has happened, for those who don't see it: once a second, many things as one.
    fn say(&mut self, t: f64) {
        if self.view.now_us < self.said_us {
            self.said_us = self.view.now_us;
        }
        if t - self.said_at < 1_000.0 {
            return;
        }
        let news = sentences::news(&self.view, self.said_us);
        if !news.is_empty() {
            self.said = AttrValue::from(news);
            self.said_at = t;
            self.said_us = self.view.story.last().map_or(0, |s| s.at_us);
        }
    }

    fn act(&mut self, action: Action) -> bool {
        let Some(core) = self.core.clone() else {
            return false;
        };
        match action {
            Action::Changed => {}
            Action::Line(line) => core.borrow_mut().line(&line),
            Action::Select(key) => {
                self.selected = Some(key);
            }
            Action::Session(name) => core.borrow_mut().session = name,
            Action::PlayPause => {
                let line = if self.playing() { "\\pause" } else { "\\play" };
                core.borrow_mut().line(line);
            }
            Action::Drag(us) => {
                self.dragged = true;
                let mut core = core.borrow_mut();
                let us = us.min(core.furthest.0);
                core.playground.seek(Time(us));
            }
            Action::Drop(us) => {
                self.dragged = false;
                let us = us.min(core.borrow().furthest.0);
                self.seek(us);
            }
            Action::Theme => {
                self.theme = match self.theme.as_str() {
                    "light" => "dark",
                    "dark" => "auto",
                    _ => "light",
                }
                .to_owned();
                theme::apply(&self.theme);
                theme::keep(&self.theme);
                self.palette_read = -1e9;
            }
            Action::Pane(pane) => self.pane = pane,
            Action::Help => self.help = !self.help,
            Action::RunCommand => {
                let mut command = std::mem::take(&mut self.command);
                command.push('\n');
                let mut core = core.borrow_mut();
                let session = core.session.clone();
                core.enter(&session, &command);
            }
            Action::DropCommand => self.command.clear(),
            Action::Point(at) => {
                let tip = at.and_then(|(x, y)| {
                    let hit = scene::hit(&self.view, &self.layout, x, y)?;
                    let (x, y) = (hit.rect.x + hit.rect.w / 2.0, hit.rect.y);
                    Some((x, y, sentences::cell(&self.view, &hit)))
                });
                if tip == self.tip {
                    return false;
                }
                self.tip = tip;
                return true;
            }
        }
        self.publish(now_ms());
        true
    }

    fn seek(&mut self, us: u64) {
        if let Some(core) = &self.core {
            let line = format!("\\seek {}", crate::base::Duration(us));
            core.borrow_mut().line(&line);
        }
    }

    fn key(&mut self, key: Key) -> bool {
        let Some(core) = self.core.clone() else {
            return false;
        };
        let now = core.borrow().now().0;
        match key {
            Key::PlayPause => return self.act(Action::PlayPause),
            Key::Forward => return self.act(Action::Line("\\step".into())),
            Key::Undo => return self.act(Action::Line("\\undo".into())),
            Key::Back => {
                let before = moments(&self.view).into_iter().rev().find(|at| *at < now);
                self.seek(before.unwrap_or(0));
            }
            Key::PreviousLine | Key::NextLine => {
                let to = {
                    let core = core.borrow();
                    let mut lines = core.lines().iter().map(|l| l.at.0);
                    if key == Key::PreviousLine {
                        lines.rev().find(|at| *at < now)
                    } else {
                        lines.find(|at| *at > now)
                    }
                };
                let Some(to) = to else { return false };
                self.seek(to);
            }
            Key::Tenth(n) => {
                let end = core.borrow().furthest.0;
                self.seek(end / 10 * u64::from(n));
            }
            Key::NextJob | Key::PreviousJob => {
                let keys: Vec<u32> = self.layout.jobs.iter().map(|j| j.key).collect();
                let at = keys.iter().position(|k| Some(*k) == self.selected);
                let n = keys.len().max(1);
                let at = match (at, key) {
                    (Some(at), Key::NextJob) => (at + 1) % n,
                    (Some(at), _) => (at + n - 1) % n,
                    (None, _) => 0,
                };
                if let Some(key) = keys.get(at) {
                    return self.act(Action::Select(*key));
                }
            }
            Key::Console => {
                if let Some(root) = self.root.cast::<Element>()
                    && let Ok(Some(input)) = root.query_selector("textarea")
                    && let Ok(input) = input.dyn_into::<HtmlElement>()
                {
                    let _ = input.focus();
                }
                return false;
            }
            Key::Help => self.help = !self.help,
            Key::Escape => self.help = false,
        }
        self.publish(now_ms());
        true
    }

    fn paint(&mut self, t: f64) {
        let Some(canvas) = self.canvas.cast::<HtmlCanvasElement>() else {
            return;
        };
        if t - self.palette_read > 1_000.0 {
            self.palette_read = t;
            self.palette = Palette::read(&canvas);
        }
        let flights = self.flights.at(t);
        let now_us = self
            .core
            .as_ref()
            .map_or(self.view.now_us, |c| c.borrow().now().0);
        let moment = Moment {
            now_us,
            selected: self.selected,
            flights: &flights,
            motion: self.motion,
        };
        let shapes = scene::draw(&self.view, &self.layout, &moment);
        let (w, h) = (self.layout.width, self.layout.height);
        paint::paint(&canvas, &self.palette, w, h, &shapes);
    }

    /// Asks for a frame while anything moves.
    fn request_frame(&mut self) {
        let moving = self.playing() || self.flights.any();
        if !moving {
            self.last_frame = None;
        }
        if self.frame.is_some() || !moving {
            return;
        }
        let callback: &js_sys::Function = self.on_frame.as_ref().unchecked_ref();
        self.frame = web_sys::window().and_then(|w| w.request_animation_frame(callback).ok());
    }

    /// The newest thing that happened, in words: what a person who does not see the picture hears.
    fn story(&self) -> Html {
        let last = self.view.story.last();
        html! {
            <p class="story" data-testid="story">
                if let Some(last) = last {
                    <time>{ scene::words::clock(last.at_us) }</time>
                    <span>{ last.text.clone() }</span>
                }
            </p>
        }
    }
}

fn pointer(act: &Callback<Action>) -> Callback<PointerEvent> {
    act.reform(|e: PointerEvent| {
        let Some(stage) = e
            .current_target()
            .and_then(|t| t.dyn_into::<Element>().ok())
        else {
            return Action::Point(None);
        };
        let r = stage.get_bounding_client_rect();
        let x = f64::from(e.client_x()) - r.left();
        let y = f64::from(e.client_y()) - r.top();
        Action::Point(Some((x as f32, y as f32)))
    })
}

fn tip_style(x: f32, y: f32, width: f32) -> String {
    // Not `clamp`: it would bring the printing of floats for its panic.
    let x = x.min(width - 90.0).max(90.0);
    format!("left:{}px;top:{}px", x as i32, y as i32)
}

pub fn now_ms() -> f64 {
    let performance = web_sys::window().and_then(|w| w.performance());
    performance.map_or(0.0, |p| p.now())
}

/// What is shown when no scenario could be opened.
fn empty_view() -> View {
    View {
        system: "",
        product: "",
        scenario: String::new(),
        seed: 0,
        epoch_us: 0,
        now_us: 0,
        nodes: Vec::new(),
        jobs: Vec::new(),
        job_counts: Default::default(),
        spaces: Vec::new(),
        stores: Vec::new(),
        artefacts: Vec::new(),
        packets: Vec::new(),
        story: Vec::new(),
    }
}

/// The speeds that the page offers, in thousandths.
pub fn speeds() -> impl Iterator<Item = (u64, String)> {
    ["0.25", "1", "2", "5", "10", "60", "600"]
        .into_iter()
        .filter_map(|s| Some((milli(s)?, format!("{s}×"))))
}
