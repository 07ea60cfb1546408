//! Objects inside of objects (`x-kubernetes-embedded-resource`).
//!
//! The API server wants them to say what they are. What they hold is somebody's template, and may be
//! completed before an object is made of it: what is missing is not told, what is wrong is.

use std::sync::Arc;

use super::{MAX_DEPTH, Problem, ProblemKind, Reader, Segment, Walk, Wanted, is_accepted, path_text, validate_below};
use crate::schema::bundle::{self, Source};
use crate::text::has_placeholder;
use crate::value::{Str, Value};

impl<'v> Walk<'v> {
    /// Judge an object inside, whose shape is sound.
    pub(super) fn embedded(&mut self, value: &'v Value) {
        for name in ["apiVersion", "kind"] {
            let Some(text) = value.get(name).filter(|text| text.as_str() == Some("")) else { continue };
            self.path.push(Segment::Key(name));
            self.invalid(text, &text.origin, Wanted::Condition(format!("the `{name}` of an object")));
            self.path.pop();
        }
        let (Some(api_version), Some(kind)) = (value.str_at(&["apiVersion"]), value.str_at(&["kind"])) else { return };
        if self.depth + 1 >= MAX_DEPTH || has_placeholder(api_version) || has_placeholder(kind) {
            self.uncertain = true;
            return;
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let Some(known) = bundle::find(group, version, kind) else { return };
        let reader = if known.source() == Source::BuiltIn { Reader::BuiltIn } else { Reader::Custom };
        let mut agreed: Option<Vec<Problem>> = None;
        let mut seen = None;
        let newest_first: Vec<u32> = known.served().collect();
        for schema in newest_first.into_iter().rev().filter_map(|minor| known.schema(minor)) {
            if seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &schema)) {
                continue;
            }
            let verdict = validate_below(&schema, reader, self.patterns, value, self.depth);
            self.uncertain |= verdict.incomplete;
            let problems = match agreed.take() {
                None => verdict.problems,
                Some(mut agreed) => {
                    agreed.retain(|problem| verdict.problems.iter().any(|other| other.is_same(problem)));
                    agreed
                }
            };
            let done = problems.is_empty();
            agreed = Some(problems);
            if done {
                break;
            }
            seen = Some(schema);
        }
        let here = path_text(&self.path);
        for mut problem in agreed.unwrap_or_default() {
            let missing = matches!(problem.kind, ProblemKind::MissingField { .. });
            if missing || reader == Reader::BuiltIn && is_accepted(kind, &problem) {
                continue;
            }
            let dot = if problem.path.is_empty() || problem.path.starts_with('[') { "" } else { "." };
            problem.path = format!("{here}{dot}{}", problem.path);
            problem.embedded.get_or_insert_with(|| Str::from(kind));
            self.found.problems.push(problem);
        }
    }
}
