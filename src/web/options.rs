//! What the page and its link ask for (DESIGN 4.5). Unknown parameters are ignored.

use crate::base::Time;
use crate::sim::{Entry, RunLog};
use crate::ui::{Options, Restore};
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::UrlSearchParams;

pub fn read(options: &JsValue) -> Options {
    let search = text(options, "search");
    let params = UrlSearchParams::new_with_str(&search).ok();
    let get = |name: &str| {
        params
            .as_ref()
            .and_then(|p| p.get(name))
            .unwrap_or_default()
    };
    // A boolean is true when present and not `false`.
    let flag = |name: &str| {
        params
            .as_ref()
            .and_then(|p| p.get(name))
            .is_some_and(|v| v != "false")
    };
    let mut scenario = get("scenario");
    if scenario.is_empty() {
        scenario = get("system");
    }
    Options {
        scenario,
        seed: get("seed").parse().ok(),
        command: get("command"),
        theme: get("theme"),
        speed: get("speed"),
        mode: get("mode"),
        embed: flag("embed"),
        restore: restore(options),
        enter: text(options, "enter"),
    }
}

fn text(of: &JsValue, name: &str) -> String {
    let value = Reflect::get(of, &name.into()).ok();
    value.and_then(|v| v.as_string()).unwrap_or_default()
}

fn time(value: &JsValue) -> Option<Time> {
    let us = value.as_f64()?;
    (0.0..9e15).contains(&us).then_some(Time(us as u64))
}

fn restore(options: &JsValue) -> Option<Restore> {
    let run = Reflect::get(options, &"restore".into()).ok()?;
    if !run.is_object() {
        return None;
    }
    let lines: Array = Reflect::get(&run, &"lines".into()).ok()?.dyn_into().ok()?;
    let mut entries = Vec::new();
    for line in lines.iter() {
        let line: Array = line.dyn_into().ok()?;
        entries.push(Entry {
            at: time(&line.get(0))?,
            session: line.get(1).as_string()?,
            line: line.get(2).as_string()?,
        });
    }
    Some(Restore {
        log: RunLog {
            scenario: text(&run, "scenario"),
            seed: text(&run, "seed").parse().ok()?,
            entries,
        },
        at: time(&Reflect::get(&run, &"at".into()).ok()?)?,
        draft: text(&run, "draft"),
    })
}
