//! The run from its beginning to what is to come, and the controls of the clock.

use super::app::{Action, Same, speeds};
use super::core::Core;
use super::header::chosen;
use super::icon;
use crate::playground::View;
use crate::scene::layout::chosen as chosen_jobs;
use crate::scene::{sentences, timeline, words};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub core: Same<RefCell<Core>>,
    pub view: Same<View>,
    pub selected: Option<u32>,
    pub playing: bool,
    pub speed_milli: u64,
    /// The latest moment that was ever seen.
    pub furthest: u64,
    pub act: Callback<Action>,
}

/// Bars that fit without scrolling.
const BARS: usize = 4;
/// Marks of lines beyond this many are not told apart.
const MARKS: usize = 200;

#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let view = &props.view;
    let now = view.now_us;
    let selected = props.selected;
    let next = selected.map(|key| props.core.borrow_mut().what_next(view, key));
    let ghost_end = next
        .as_ref()
        .and_then(|n| n.iter().rev().find(|n| n.status.is_some()))
        .map_or(0, |n| n.at.0);
    // The future has room, but never so much that the past becomes a line.
    let latest = props.furthest.max(now);
    let reach = latest.max(ghost_end.min(latest.saturating_mul(2).max(120_000_000)));
    let scale = timeline::timeline(reach, 10);
    let left = |us: u64| percent(scale.at(us));
    let jobs = chosen_jobs(view, BARS, props.selected);
    let lines: Vec<(u64, String)> = {
        let core = props.core.borrow();
        let lines = core.lines();
        let skip = lines.len().saturating_sub(MARKS);
        let lines = lines.iter().skip(skip);
        lines.map(|l| (l.at.0, short(&l.line))).collect()
    };
    html! {
        <footer class="time" aria-label="Time">
            { controls(props) }
            <div class="track" data-testid="timeline" onpointerdown={drag(props, &scale, true)}
                onpointermove={drag(props, &scale, false)} onpointerup={release(props, &scale)}>
                <div class="ticks" aria-hidden="true">
                    { for scale.ticks.iter().map(|(us, text)| html! {
                        <span style={format!("left:{}", left(*us))}>{ text.clone() }</span>
                    }) }
                </div>
                <div class="bars">
                    { for jobs.iter().map(|job| {
                        let coming: &[_] = match &next {
                            Some(next) if Some(job.key) == props.selected => next,
                            _ => &[],
                        };
                        let machine = (!coming.is_empty()).then(|| props.core.borrow().machine(job.key)).flatten();
                        let bar = timeline::bar(job, now, coming, machine.as_ref());
                        let on = Some(job.key) == props.selected;
                        html! {
                            <div class={classes!("bar", on.then_some("on"))} key={job.key}>
                                { for bar.spans.iter().map(|s| {
                                    let (from, to) = (scale.at(s.from_us), scale.at(s.to_us));
                                    let style = format!("left:{};width:{}", percent(from), percent(to - from.min(to)));
                                    html! { <i class={classes!(format!("fam-{}", s.family), s.ghost.then_some("ghost"))}
                                        {style} title={s.status}></i> }
                                }) }
                                <span class="name">{ format!("{} {}", job.title, sentences::job_name(view, job, false)) }</span>
                            </div>
                        }
                    }) }
                </div>
                <div class="marks">
                    { for lines.iter().map(|(us, line)| html! {
                        <i style={format!("left:{}", left(*us))} title={line.clone()}></i>
                    }) }
                </div>
                if props.furthest > now {
                    <div class="known" style={format!("left:{};width:{}", left(now),
                        percent(scale.at(props.furthest) - scale.at(now)))} aria-hidden="true"></div>
                }
                <div class="needle" style={format!("left:{}", left(now))} aria-hidden="true"></div>
            </div>
        </footer>
    }
}

fn controls(props: &TimelineProps) -> Html {
    let view = &props.view;
    let line = |line: &'static str| {
        props
            .act
            .reform(move |_: MouseEvent| Action::Line(line.into()))
    };
    let play = props.act.reform(|_: MouseEvent| Action::PlayPause);
    let speed = props.act.reform(|e: Event| match chosen(&e) {
        Some((_, value)) => Action::Line(format!("\\speed {value}x")),
        None => Action::Changed,
    });
    let (drawn, word) = if props.playing {
        (icon::PAUSE, "Pause")
    } else {
        (icon::PLAY, "Play")
    };
    let unix = view.epoch_us.saturating_add_unsigned(view.now_us);
    html! {
        <div class="transport">
            <button class="primary" data-testid="play" data-playing={props.playing.to_string()}
                aria-label={word} title={format!("{word} (space)")} onclick={play}>{ icon::draw(drawn, true) }</button>
            <button data-testid="step" title="To the next event that changes anything (.)" onclick={line("\\step")}>
                { icon::draw(icon::STEP, true) }<span>{ "Step" }</span></button>
            <button data-testid="undo" title="Take back the last line (U)" onclick={line("\\undo")}>
                { icon::draw(icon::UNDO, false) }<span>{ "Undo" }</span></button>
            <label class="choose">
                <span class="hidden">{ "Speed" }</span>
                <select data-testid="speed" onchange={speed}>
                    { for speeds().map(|(milli, text)| html! {
                        <option value={text.trim_end_matches('×').to_owned()} selected={milli == props.speed_milli}>{ text }</option>
                    }) }
                    if !speeds().any(|(m, _)| m == props.speed_milli) {
                        <option selected={true}>{ format!("{}×", props.speed_milli / 1_000) }</option>
                    }
                </select>
            </label>
            <div class="moment">
                <output class="clock" data-testid="clock" data-us={view.now_us.to_string()}>{ words::clock(view.now_us) }</output>
                <span class="date">{ format!("{} UTC · seed {}", words::date(unix), view.seed) }</span>
            </div>
        </div>
    }
}

/// Parts of ten thousand as CSS.
fn percent(part: u32) -> String {
    format!("{}.{:02}%", part / 100, part % 100)
}

fn short(line: &str) -> String {
    line.chars().take(120).collect()
}

fn moment(event: &PointerEvent, scale: &timeline::Timeline) -> Option<u64> {
    let track: Element = event.current_target()?.dyn_into().ok()?;
    let r = track.get_bounding_client_rect();
    Some(scale.moment((f64::from(event.client_x()) - r.left()) / r.width().max(1.0)))
}

fn drag(props: &TimelineProps, scale: &timeline::Timeline, down: bool) -> Callback<PointerEvent> {
    let scale = scale.clone();
    props.act.reform(move |event: PointerEvent| {
        if event.buttons() & 1 == 0 {
            return Action::Point(None);
        }
        if down && let Some(track) = event.current_target() {
            let track: Result<Element, _> = track.dyn_into();
            let _ = track.map(|t| t.set_pointer_capture(event.pointer_id()));
        }
        moment(&event, &scale).map_or(Action::Changed, Action::Drag)
    })
}

fn release(props: &TimelineProps, scale: &timeline::Timeline) -> Callback<PointerEvent> {
    let scale = scale.clone();
    props.act.reform(move |event: PointerEvent| {
        moment(&event, &scale).map_or(Action::Changed, Action::Drop)
    })
}
