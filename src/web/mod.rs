//! Layer 9, the browser: mounting the playground in a page.

use wasm_bindgen::prelude::wasm_bindgen;
use yew::{Html, component, html};

/// Puts a playground into `element`, replacing what is there.
#[wasm_bindgen]
pub fn mount(element: web_sys::Element) {
    yew::Renderer::<App>::with_root(element).render();
}

#[component]
fn App() -> Html {
    html! { <main><h1>{ "Jobscope" }</h1></main> }
}
