//! Comments behind keys. kustomize's YAML library writes an empty list or map behind the comment of
//! its key, where it is part of the comment, and then cannot read what it wrote.

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_path::Written;
use super::resource::Resource;
use crate::value::{Data, Entry, Value};

/// The fault of a resource whose YAML cannot be read again since patches emptied a part of it.
pub(super) fn fault(resource: &Resource, written: Written<'_>) -> Option<Fault> {
    let asked = resource.merged.filter(|_| resource.has_comments)?;
    let entry = Walk { written, is_pending: false }.swallowed(&resource.value, false)?;
    let why = format!(
        "kustomize writes `{}` of {} `{}` behind a comment in one line, and cannot read it again",
        entry.key,
        resource.kind(),
        resource.name()
    );
    let mut fault = Fault::new(FaultKind::InvalidResource, entry.key_origin.span(), why);
    fault.only_content = true;
    Some(fault.related(asked, "since this patch"))
}

/// Report such faults of all resources.
pub(super) fn report(out: &mut Accumulator, written: Written<'_>) {
    let faults = out.resources.iter().filter_map(|resource| fault(resource, written));
    let faults: Vec<Fault> = faults.collect();
    out.faults.extend(faults);
}

/// Looks for a list or map that is written behind a comment in its line.
///
/// The library notes the comment of a key and writes it when the next value on lines of its own (or
/// the next scalar without a comment) begins. An empty one stands in the line all the same. Within
/// brackets the comment comes before any list or map.
struct Walk<'a> {
    written: Written<'a>,
    /// A comment that is not written yet.
    is_pending: bool,
}

impl Walk<'_> {
    fn swallowed<'v>(&mut self, value: &'v Value, in_flow: bool) -> Option<&'v Entry> {
        match &value.data {
            Data::List(items) => items.iter().find_map(|item| {
                let in_flow = in_flow || self.written.is_flow(item);
                self.swallowed(item, in_flow)
            }),
            Data::Map(map) => map.iter().find_map(|entry| {
                let value = &entry.value;
                let behind = self.written.behind_comment(&entry.key_origin);
                let is_empty = match &value.data {
                    Data::List(items) => items.is_empty(),
                    Data::Map(map) => map.is_empty() && map.open.is_none(),
                    _ => {
                        self.is_pending &= in_flow || self.written.is_commented(value);
                        return None;
                    }
                };
                if in_flow && behind.is_some() {
                    return Some(entry);
                }
                // What takes the place of a value is written as that was.
                let is_flow = behind.map_or_else(|| self.written.is_flow(value), |text| text.starts_with(['{', '[']));
                let in_flow = in_flow || is_flow;
                self.is_pending |= behind.is_some();
                if !in_flow && is_empty && self.is_pending {
                    return Some(entry);
                }
                self.is_pending &= in_flow;
                self.swallowed(value, in_flow)
            }),
            _ => None,
        }
    }
}
