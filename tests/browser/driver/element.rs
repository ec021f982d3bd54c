//! Elements, as a person and as assistive technology meet them.

use super::Result;
use super::page::Page;
use super::protocol::string;
use serde_json::{Value, json};

/// An element of a page. It is stale, and every use an error, once the page has removed it.
pub struct Element<'p> {
    page: &'p Page,
    reference: String,
}

/// The name under which the protocol passes references to elements.
const REFERENCE: &str = "element-6066-11e4-a52e-4f735466cecf";

impl<'p> Element<'p> {
    pub(super) fn from_json(page: &'p Page, value: &Value) -> Option<Element<'p>> {
        let reference = value.get(REFERENCE)?.as_str()?.to_string();
        Some(Element { page, reference })
    }

    /// This element as an argument of [`Page::js`].
    pub fn as_json(&self) -> Value {
        json!({ REFERENCE: self.reference })
    }

    /// Scrolls it into view and clicks in its middle; an error when something else lies above it.
    pub fn click(&self) -> Result {
        self.post("click", &json!({})).map(drop)
    }

    /// Focuses it and types; see [`key`].
    pub fn type_keys(&self, text: &str) -> Result {
        self.post("value", &json!({ "text": text })).map(drop)
    }

    /// Empties a text field.
    pub fn clear(&self) -> Result {
        self.post("clear", &json!({})).map(drop)
    }

    /// Its text as a person sees it.
    pub fn text(&self) -> Result<String> {
        Ok(string(self.get("text")?))
    }

    /// What a text field holds.
    pub fn value(&self) -> Result<String> {
        Ok(string(self.get("property/value")?))
    }

    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        Ok(self
            .get(&format!("attribute/{name}"))?
            .as_str()
            .map(String::from))
    }

    /// The computed value of a CSS property.
    pub fn style(&self, property: &str) -> Result<String> {
        Ok(string(self.get(&format!("css/{property}"))?))
    }

    /// The role that assistive technology is told.
    pub fn role(&self) -> Result<String> {
        Ok(string(self.get("computedrole")?))
    }

    /// The name that assistive technology is told.
    pub fn label(&self) -> Result<String> {
        Ok(string(self.get("computedlabel")?))
    }

    pub fn is_displayed(&self) -> Result<bool> {
        Ok(self.get("displayed")?.as_bool().unwrap_or(false))
    }

    /// Left, top, width and height in the window, in CSS pixels.
    pub fn rect(&self) -> Result<(i32, i32, i32, i32)> {
        let script = "const r = arguments[0].getBoundingClientRect(); \
            return [r.left, r.top, r.width, r.height].map(Math.round)";
        let rect = self.page.js(script, &[self.as_json()])?;
        let part = |i: usize| rect[i].as_i64().unwrap_or(0) as i32;
        Ok((part(0), part(1), part(2), part(3)))
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.page.get(&format!("element/{}/{path}", self.reference))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.page
            .post(&format!("element/{}/{path}", self.reference), body)
    }
}
