//! The selected job: its state machine, its history, and what happens next.

use super::app::{Action, Same};
use super::core::Core;
use super::icon;
use crate::playground::view::JobView;
use crate::playground::{Next, View};
use crate::scene::diagram::{Diagram, diagram};
use crate::scene::{sentences, words};
use std::cell::RefCell;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct JobProps {
    pub core: Same<RefCell<Core>>,
    pub view: Same<View>,
    pub selected: Option<u32>,
    pub act: Callback<Action>,
}

#[component]
pub fn JobPanel(props: &JobProps) -> Html {
    let view = &props.view;
    let job = props
        .selected
        .and_then(|key| view.jobs.iter().find(|j| j.key == key));
    let Some(job) = job else {
        return html! {
            <section class="job-panel empty" aria-label="Job">
                <p class="more">{ "Choose a job to see its states, its history, and what happens next." }</p>
            </section>
        };
    };
    let (machine, next) = {
        let mut core = props.core.borrow_mut();
        (core.machine(job.key), core.what_next(view, job.key))
    };
    html! {
        <section class="job-panel" aria-label={format!("Job {}", job.id)} data-testid="job-panel" data-job-id={job.id.clone()}>
            <div class="states">
                <h2 class="lane"><b>{ "Job" }</b><span>{ format!("{} · {}", words::short_id(&job.id), job.kind) }</span></h2>
                if let Some(machine) = machine {
                    { states(&diagram(&machine, job)) }
                }
            </div>
            <div class="past">
                <h2 class="lane"><b>{ "History" }</b></h2>
                { past(job) }
            </div>
            <div class="next">
                <h2 class="lane"><b>{ "What happens next" }</b></h2>
                { future(view, job, &next) }
            </div>
        </section>
    }
}

fn states(d: &Diagram) -> Html {
    let size = format!("0 0 {} {}", d.width as i32, d.height as i32);
    let width = format!("max-width:{}px", (d.width * 1.05) as i32);
    html! {
        <svg class="diagram" viewBox={size} style={width} role="img" aria-label={spoken(d)}>
            { for d.arrows.iter().map(|a| {
                let (x, y, dx, dy) = a.head;
                let head = format!("M{} {}L{} {}L{} {}Z",
                    px(x + dx * 5.0), px(y + dy * 5.0),
                    px(x - dy * 3.5), px(y + dx * 3.5),
                    px(x + dy * 3.5), px(y - dx * 3.5));
                let class = classes!("arrow", a.taken.then_some("taken"), a.possible.then_some("possible"));
                html! { <g {class}><title>{ a.title.clone() }</title><path d={a.path.clone()}/><path class="head" d={head}/></g> }
            }) }
            { for d.states.iter().map(|s| {
                let class = classes!("state", format!("fam-{}", s.family),
                    s.current.then_some("current"), s.visited.then_some("visited"), s.next.then_some("next"));
                let m = s.rect.middle();
                html! {
                    <g {class}>
                        <rect x={px(s.rect.x)} y={px(s.rect.y)} width={px(s.rect.w)} height={px(s.rect.h)} rx="13"/>
                        <text x={px(m.0)} y={px(m.1 + 4.0)}>{ s.name }</text>
                    </g>
                }
            }) }
        </svg>
    }
}

fn px(v: f32) -> String {
    let n = (v * 10.0) as i32;
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}.{}", n.abs() / 10, n.abs() % 10)
}

fn spoken(d: &Diagram) -> String {
    let list = |pick: fn(&crate::scene::diagram::StateBox) -> bool| {
        let names: Vec<&str> = d
            .states
            .iter()
            .filter(|s| pick(s))
            .map(|s| s.name)
            .collect();
        names.join(", ")
    };
    format!(
        "State machine. Now: {}. Been: {}. May become: {}.",
        list(|s| s.current),
        list(|s| s.visited && !s.current),
        list(|s| s.next)
    )
}

fn past(job: &JobView) -> Html {
    html! {
        <ol class="rows">
            { for job.history.iter().rev().map(|h| html! {
                <li data-testid="history-row" data-status={h.status} data-us={h.at_us.to_string()}>
                    <time>{ words::clock(h.at_us) }</time>
                    <span>{ icon::pill(h.status, h.family) }<small>{ h.who.clone() }</small></span>
                </li>
            }) }
            if !job.error.is_empty() {
                <li class="error"><time></time><span>{ job.error.clone() }</span></li>
            }
        </ol>
    }
}

fn future(view: &View, job: &JobView, next: &[Next]) -> Html {
    let now = view.now_us;
    let current = sentences::job_line(view, job, now);
    let coming: Vec<&Next> = next.iter().filter(|n| n.at.0 > now).take(8).collect();
    let still = coming.is_empty().then_some(match job.family {
        "paused" => "Nothing, until somebody resumes or cancels it.",
        _ if job.terminal => "Nothing. What has ended does not change any more.",
        _ => "Nothing within a day, if nobody does anything.",
    });
    html! {
        <ol class="rows">
            <li class="now"><time>{ "now" }</time><span><b>{ job.status }</b>{ format!(": {current}") }</span></li>
            { for coming.iter().enumerate().map(|(i, n)| {
                let same = i.checked_sub(1).and_then(|i| coming.get(i)).is_some_and(|p| p.at == n.at);
                html! {
                    <li data-testid="next-row" data-us={n.at.0.to_string()} data-status={n.status}>
                        <time>{ if same { String::new() } else { format!("in {}", words::span(n.at.0 - now)) } }</time>
                        <span class={classes!(n.status.is_some().then_some("strong"))}>{ n.text.clone() }</span>
                    </li>
                }
            }) }
            if let Some(still) = still {
                <li><time>{ "then" }</time><span>{ still }</span></li>
            }
        </ol>
    }
}
