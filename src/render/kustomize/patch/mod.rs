//! Patches: strategic merge and JSON 6902.
#![allow(unused)]
mod schema;

use super::accumulator::Accumulator;
use super::loader::Loader;
use crate::value::Value;
pub(super) use schema::Schema;
pub(super) fn strategic_merge(out: &mut Accumulator, l: &Loader<'_>, k: &Value, s: &Schema) {}
pub(super) fn patches(out: &mut Accumulator, l: &Loader<'_>, k: &Value, s: &Schema) {}
pub(super) fn json6902(out: &mut Accumulator, l: &Loader<'_>, k: &Value) {}
