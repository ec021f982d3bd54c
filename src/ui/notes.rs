//! Small notes below a statement: what the story says has come of it at once.

use crate::playground::view::StoryView;
use crate::playground::{Entry, EntryKind};
use std::rc::Rc;

/// Longest a note looks past a statement: a blocking one goes on for minutes.
const SOON_US: u64 = 60_000;

/// The sentences told between a statement's start and its answer. Empty for commands, and for what
/// is not a statement.
pub fn note(story: &[StoryView], entries: &[Rc<Entry>], i: usize) -> Option<String> {
    let answer = entries.get(i)?;
    if !matches!(answer.kind, EntryKind::Output | EntryKind::Error) {
        return None;
    }
    let input = entries.get(i.checked_sub(1)?)?;
    if input.kind != EntryKind::Input || input.text.trim_start().starts_with('\\') {
        return None;
    }
    let (from, to) = (input.at.0, answer.at.0.min(input.at.0 + SOON_US));
    let first = story.partition_point(|s| s.at_us < from);
    let told: Vec<&str> = story
        .iter()
        .skip(first)
        .take_while(|s| s.at_us <= to)
        .filter(|s| s.job.is_some())
        .take(3)
        .map(|s| s.text.as_str())
        .collect();
    (!told.is_empty()).then(|| told.join("\n"))
}
