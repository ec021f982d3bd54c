//! Layer 9, the browser: mounting the playground in a page, and what only JavaScript reaches.

mod options;

use crate::base::Time;
use crate::sim::RunLog;
use crate::ui::{App, AppProps, Journal};
use js_sys::{Array, Function, Object, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Puts a playground into `element`, replacing what is there. `options`:
/// `search` (a link's parameters), `keep(run)` and `draft(text)` (called before and after each
/// line, so that a run survives the program), `restore` (a run that `keep` was given),
/// `leave(scenario, seed, rest)` (called when a line asks for a scenario of another program, with
/// what was entered after it) and `enter` (such a rest).
#[wasm_bindgen]
pub fn mount(element: web_sys::Element, options: JsValue) -> Mounted {
    yew::set_custom_panic_hook(Box::new(|info| {
        // The shell shows it beside the run log.
        let text = JsValue::from_str(&info.to_string());
        let _ = Reflect::set(&js_sys::global(), &"__jobscope_panic".into(), &text);
        web_sys::console::error_1(&text);
    }));
    let keep = function(&options, "keep");
    let draft = function(&options, "draft");
    let leave = function(&options, "leave");
    let props = AppProps {
        options: options::read(&options),
        journal: Rc::new(move || {
            Box::new(Shell {
                keep: keep.clone(),
                draft: draft.clone(),
                leave: leave.clone(),
            })
        }),
    };
    element.set_text_content(None);
    Mounted(yew::Renderer::<App>::with_root_and_props(element, props).render())
}

/// A playground in a page.
#[wasm_bindgen]
pub struct Mounted(yew::AppHandle<App>);

#[wasm_bindgen]
impl Mounted {
    /// Takes it out of the page.
    pub fn destroy(self) {
        self.0.destroy();
    }
}

/// Stops the program as an error in it would: for the test of what the page does then.
#[wasm_bindgen(js_name = __jobscope_trap)]
pub fn trap() {
    panic!("asked to stop, to see what the page does then");
}

fn function(options: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(options, &name.into()).ok()?.dyn_into().ok()
}

/// The run is kept by the page that mounts.
struct Shell {
    keep: Option<Function>,
    draft: Option<Function>,
    leave: Option<Function>,
}

impl Journal for Shell {
    fn keep(&self, log: &RunLog, at: Time, pending: Option<(&str, &str)>) {
        let Some(keep) = &self.keep else { return };
        let lines = Array::new();
        for entry in &log.entries {
            lines.push(&Array::of3(
                &number(entry.at),
                &entry.session.as_str().into(),
                &entry.line.as_str().into(),
            ));
        }
        let pending = match pending {
            Some((session, line)) => Array::of2(&session.into(), &line.into()).into(),
            None => JsValue::NULL,
        };
        let run = Object::new();
        for (name, value) in [
            ("scenario", log.scenario.as_str().into()),
            ("seed", log.seed.to_string().into()),
            ("at", number(at)),
            ("lines", lines.into()),
            ("pending", pending),
        ] {
            let _ = Reflect::set(&run, &name.into(), &value);
        }
        let _ = keep.call1(&JsValue::NULL, &run);
    }

    fn draft(&self, text: &str) {
        if let Some(draft) = &self.draft {
            let _ = draft.call1(&JsValue::NULL, &text.into());
        }
    }

    fn leave(&self, scenario: &str, seed: u64, rest: &str) {
        if let Some(leave) = &self.leave {
            let seed = seed.to_string();
            let _ = leave.call3(&JsValue::NULL, &scenario.into(), &seed.into(), &rest.into());
        }
    }
}

/// Microseconds fit a JavaScript number for 285 years.
fn number(at: Time) -> JsValue {
    JsValue::from_f64(at.0 as f64)
}
