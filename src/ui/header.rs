//! The top line: product, scenario, faults, theme.

use super::app::{Action, Same};
use super::icon;
use crate::playground::{SCENARIOS, View};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    pub view: Same<View>,
    pub theme: AttrValue,
    pub act: Callback<Action>,
}

/// The value that was chosen in a list.
pub fn chosen(event: &Event) -> Option<(HtmlSelectElement, String)> {
    let list: HtmlSelectElement = event.target()?.dyn_into().ok()?;
    let value = list.value();
    Some((list, value))
}

#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let view = &props.view;
    let scenario = props.act.reform(|e: Event| match chosen(&e) {
        Some((_, name)) => Action::Line(format!("\\scenario {name}")),
        None => Action::Changed,
    });
    let fault = props.act.reform(|e: Event| match chosen(&e) {
        Some((list, line)) => {
            // The list is a menu of lines: nothing stays chosen.
            list.set_selected_index(0);
            Action::Line(line)
        }
        None => Action::Changed,
    });
    let theme = props.act.reform(|_: MouseEvent| Action::Theme);
    let help = props.act.reform(|_: MouseEvent| Action::Help);
    let reset = props
        .act
        .reform(|_: MouseEvent| Action::Line("\\reset".into()));
    html! {
        <header class="top">
            <h1><span class="mark" aria-hidden="true"></span>{ "Jobscope" }</h1>
            <span class="product">{ view.product }</span>
            <label class="choose">
                <span class="hidden">{ "Scenario" }</span>
                <select data-testid="scenario-select" onchange={scenario}>
                    { for SCENARIOS.iter().map(|s| html! {
                        <option value={s.name} selected={s.name == view.scenario}>{ s.title }</option>
                    }) }
                </select>
            </label>
            <button class="quiet reset" onclick={reset} title="Start the scenario again (\\reset)">{ "Reset" }</button>
            <span class="space"></span>
            <label class="choose fault">
                <span class="hidden">{ "Cause a fault" }</span>
                <select data-testid="fault-select" onchange={fault}>
                    <option value="" selected={true} disabled={true}>{ "⚡ Fault" }</option>
                    { faults(view) }
                </select>
            </label>
            <button class="quiet" onclick={help} aria-label="Keys" title="Keys (?)">{ "?" }</button>
            <button class="quiet" onclick={theme} data-testid="theme"
                aria-label={format!("Theme: {}", props.theme)} title={format!("Theme: {}", props.theme)}>
                { icon::draw(icon::THEME, false) }
            </button>
        </header>
    }
}

/// Lines that cause faults, for the nodes and destinations that there are.
fn faults(view: &View) -> Html {
    let option = |line: String| {
        let text = line.trim_start_matches("\\fault ").to_owned();
        html! { <option value={line}>{ text }</option> }
    };
    let nodes = view.nodes.iter().take(9);
    let kill = nodes.clone().map(|n| {
        let what = if n.alive { "kill" } else { "restart" };
        option(format!("\\fault {what} {}", n.name))
    });
    let slow = nodes
        .clone()
        .map(|n| option(format!("\\fault slow {} disk 10x", n.name)));
    let names: Vec<&str> = view.nodes.iter().map(|n| n.name.as_str()).collect();
    let part = (names.len() > 1).then(|| {
        let (last, others) = names.split_last().map_or(("", &[][..]), |(l, o)| (*l, o));
        option(format!("\\fault partition {last}|{}", others.join(",")))
    });
    let stores = view.stores.iter().take(4).flat_map(|s| {
        ["full", "unreachable"].map(|what| option(format!("\\fault {what} {}", s.uri)))
    });
    html! {
        <>
            <optgroup label="Nodes">{ for kill }</optgroup>
            <optgroup label="Disks">{ for slow }</optgroup>
            <optgroup label="Network">{ for part }{ option("\\fault heal".into()) }</optgroup>
            <optgroup label="Destinations">{ for stores }</optgroup>
            <optgroup label="End">{ option("\\fault clear".into()) }</optgroup>
        </>
    }
}
