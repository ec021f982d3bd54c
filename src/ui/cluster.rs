//! The words of the cluster's picture, at the places that the scene gives them. What moves is
//! painted on the canvas above.

use super::app::{Action, Same};
use super::icon;
use crate::playground::View;
use crate::playground::view::{JobView, NodeView};
use crate::scene::layout::{Block, Heading, JobCard, Lane, NodeCard};
use crate::scene::{Layout, Rect, sentences, words};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ClusterProps {
    pub view: Same<View>,
    pub layout: Same<Layout>,
    pub selected: Option<u32>,
    pub act: Callback<Action>,
}

/// `left`, `top`, `width` and `height` in whole pixels.
fn at(r: &Rect) -> String {
    let n = |v: f32| v.round() as i32;
    format!(
        "left:{}px;top:{}px;width:{}px;height:{}px",
        n(r.x),
        n(r.y),
        n(r.w),
        n(r.h)
    )
}

#[component]
pub fn Cluster(props: &ClusterProps) -> Html {
    let (view, layout) = (&props.view, &props.layout);
    let height = format!("height:{}px", layout.height as i32);
    html! {
        <div class="picture" style={height}>
            // A list each: what comes and goes in one leaves the elements of the others alone.
            <div>{ for layout.headings.iter().map(|h| heading(view, layout, h)) }</div>
            <div role="group" aria-label="Jobs">{ for layout.jobs.iter().map(|c| job_card(props, c)) }</div>
            if view.jobs.is_empty() {
                { nothing(layout, Lane::Control, "No jobs. A BACKUP, a RESTORE, an IMPORT begins one.") }
            }
            <div>{ for layout.chips.iter().map(|c| chip(props, c)) }</div>
            if layout.more_jobs > 0 && layout.more_jobs_at.w > 0.0 {
                <p class="more" style={at(&layout.more_jobs_at)}>
                    { format!("and {}", words::count(layout.more_jobs, "more job")) }
                </p>
            }
            <div role="group" aria-label="Nodes">{ for layout.nodes.iter().zip(&view.nodes).map(|(c, n)| {
                if layout.tiles { tile(view, c, n) } else { node_card(view, c, n) }
            }) }</div>
            <div>{ for layout.spaces.iter().filter_map(|b| {
                let space = view.spaces.get(b.ix)?;
                let line = sentences::space(view, space);
                Some(block(b, "space", &space.title, &space.state, "", &line, space.held, space.size, space.ranges))
            }) }</div>
            if view.spaces.is_empty() {
                { nothing(layout, Lane::Data, "No tables yet.") }
            }
            <div>{ for layout.stores.iter().flat_map(|s| {
                let store = view.stores.get(s.ix);
                s.groups.iter().filter_map(move |b| {
                    let store = store?;
                    let g = store.groups.get(b.ix)?;
                    let title = if g.name.is_empty() { "files" } else { &g.name };
                    Some(block(b, "file-group", title, g.state, &store.uri, &sentences::group(g), g.bytes, 0, g.files))
                })
            }) }</div>
            if let Some(rect) = &layout.artefacts {
                <p class="artefacts" style={at(rect)} data-testid="artefacts">
                    <b>{ "Also held: " }</b>
                    { view.artefacts.iter().map(|a| format!("{} {}", a.kind, a.label)).collect::<Vec<_>>().join(" · ") }
                </p>
            }
        </div>
    }
}

fn heading(view: &View, layout: &Layout, h: &Heading) -> Html {
    let (name, what, right) = match h.lane {
        Lane::Control => {
            let mut what = "job records".to_owned();
            if layout.unlisted > 0 {
                what = format!("{what} · {} automatic ones not shown", layout.unlisted);
            }
            ("Control", what, sentences::job_counts(view))
        }
        Lane::Work => (
            "Work",
            "nodes".to_owned(),
            if layout.tiles {
                words::count(view.nodes.len(), "node")
            } else {
                String::new()
            },
        ),
        Lane::Data => {
            let what = format!("{}s", sentences::range_word(view));
            let what = if h.ix == 1 {
                format!("other {what}")
            } else {
                what
            };
            let more = if layout.more_spaces > 0 && h.ix == 0 {
                format!("and {} more at rest", layout.more_spaces)
            } else {
                String::new()
            };
            ("Data", what, more)
        }
        Lane::Store => {
            let Some(store) = view.stores.get(h.ix) else {
                return html! {};
            };
            ("Store", store.uri.clone(), sentences::store(store))
        }
    };
    html! {
        <h2 class="lane" style={at(&h.rect)}>
            <b>{ name }</b><span>{ what }</span><em>{ right }</em>
        </h2>
    }
}

fn nothing(layout: &Layout, lane: Lane, text: &'static str) -> Html {
    let Some(h) = layout.headings.iter().find(|h| h.lane == lane) else {
        return html! {};
    };
    let r = Rect::new(h.rect.x, h.rect.bottom(), h.rect.w, 20.0);
    html! { <p class="more" style={at(&r)}>{ text }</p> }
}

fn job<'a>(view: &'a View, card: &JobCard) -> Option<&'a JobView> {
    view.jobs.iter().find(|j| j.key == card.key)
}

fn job_card(props: &ClusterProps, card: &JobCard) -> Html {
    let view = &props.view;
    let Some(job) = job(view, card) else {
        return html! {};
    };
    let key = job.key;
    let click = props.act.reform(move |_: MouseEvent| Action::Select(key));
    let on = props.selected == Some(key);
    let line = sentences::job_short(view, job, view.now_us, card.rect.w < 200.0);
    html! {
        <button key={key} class={classes!("card", "job", format!("fam-{}", job.family), on.then_some("on"))}
            style={at(&card.rect)} onclick={click} aria-pressed={on.to_string()}
            aria-label={sentences::job(view, job, view.now_us)}
            title={format!("{}\n{}", job.description, sentences::job_line(view, job, view.now_us))}
            data-testid="job-card" data-job-id={job.id.clone()} data-status={job.status} data-kind={job.kind}>
            <span class="row"><b class="title">{ job.title.clone() }</b><code>{ sentences::job_name(view, job, card.rect.w < 200.0) }</code></span>
            <span class="row">{ icon::pill(job.status, job.family) }<span class="line">{ line }</span></span>
        </button>
    }
}

fn chip(props: &ClusterProps, card: &JobCard) -> Html {
    let view = &props.view;
    let Some(job) = job(view, card) else {
        return html! {};
    };
    let key = job.key;
    let click = props.act.reform(move |_: MouseEvent| Action::Select(key));
    html! {
        <button key={key} class={classes!("chip", format!("fam-{}", job.family))} style={at(&card.rect)} onclick={click}
            aria-label={sentences::job(view, job, view.now_us)} title={sentences::job(view, job, view.now_us)}
            data-testid="job-card" data-job-id={job.id.clone()} data-status={job.status} data-kind={job.kind}>
            { icon::family(job.family) }<code>{ words::short_id(&job.id) }</code>
        </button>
    }
}

fn node_card(view: &View, card: &NodeCard, node: &NodeView) -> Html {
    let now = view.now_us;
    let faulty = sentences::node_faulty(view, node);
    let awaited = node.polls.iter().any(|p| p.awaited);
    let inner = |r: &Rect| {
        at(&Rect::new(
            r.x - card.rect.x - 1.0,
            r.y - card.rect.y - 1.0,
            r.w,
            r.h,
        ))
    };
    let load_label = Rect::new(
        card.rect.x + 14.0,
        card.load.y - 7.0,
        card.rect.w - 28.0,
        18.0,
    );
    html! {
        <div key={node.ix} class={classes!("card", "node", (!node.alive).then_some("dead"), awaited.then_some("awaited"))}
            style={at(&card.rect)} role="group" aria-label={sentences::node(view, node, now)}
            data-testid="node-card" data-node={node.name.clone()}>
            <span class="row head">
                <b class="title">{ node.name.clone() }</b>
                <span class={classes!("zone", faulty.then_some("fault"))}>{ sentences::node_state(view, node, now) }</span>
            </span>
            if node.alive {
                { for card.rings.iter().filter_map(|r| {
                    let poll = node.polls.get(r.poll)?;
                    let left = words::span(poll.next_us.saturating_sub(now));
                    Some(html! {
                        <span class={classes!("poll", poll.awaited.then_some("awaited"))} style={inner(&r.label)}>
                            <span>{ poll.name }</span>
                            <b>{ if poll.awaited { format!("≤ {left}") } else { left } }</b>
                        </span>
                    })
                }) }
                { for card.bars.iter().filter_map(|b| {
                    let work = node.works.get(b.work)?;
                    Some(html! {
                        <span class="work" style={inner(&b.label)}>
                            <span title={work.label}>{ sentences::work_label(view, node, work) }</span><b>{ sentences::work(work, now, now) }</b>
                        </span>
                    })
                }) }
                <span class="load" style={inner(&load_label)}>
                    <span>{ if card.more_bars > 0 { format!("disk · {} more", card.more_bars) } else { "disk".into() } }</span><b title="How long a statement of somebody else waits on this node">{ latency(node.latency_us) }</b>
                </span>

            }
        </div>
    }
}

/// `SQL 1.4 ms`: what other users of the node feel of the work.
fn latency(us: u64) -> String {
    format!("SQL {}.{} ms", us / 1_000, us / 100 % 10)
}

fn tile(view: &View, card: &NodeCard, node: &NodeView) -> Html {
    let text = sentences::node(view, node, view.now_us);
    let busy = !node.works.is_empty();
    html! {
        <div key={node.ix} class={classes!("tile", (!node.alive).then_some("dead"), busy.then_some("busy"))}
            style={at(&card.rect)} role="img" aria-label={text.clone()} title={text}
            data-testid="node-card" data-node={node.name.clone()}>
            { node.name.clone() }
        </div>
    }
}

#[allow(clippy::too_many_arguments)] // one element, its attributes
fn block(
    b: &Block,
    testid: &'static str,
    title: &str,
    state: &str,
    uri: &str,
    line: &str,
    held: u64,
    size: u64,
    count: usize,
) -> Html {
    let file = testid == "file-group";
    let notable = matches!(state, "incomplete" | "deleting" | "writing")
        || state.starts_with("offline")
        || state == "dropped";
    html! {
        <div class={classes!("block", notable.then(|| format!("is-{}", state.split(':').next().unwrap_or(""))))}
            style={at(&b.rect)} data-testid={testid} role="img" aria-label={format!("{title}: {line}")}
            data-title={(!file).then(|| title.to_owned())} data-name={file.then(|| title.to_owned())}
            data-dest={file.then(|| uri.to_owned())} data-state={state.to_owned()}
            data-held={(!file).then(|| held.to_string())} data-size={(!file).then(|| size.to_string())}
            data-files={file.then(|| count.to_string())} data-bytes={file.then(|| held.to_string())}>
            <span class="row"><b class="title">{ title.to_owned() }</b><span class="line">{ line.to_owned() }</span></span>
        </div>
    }
}
