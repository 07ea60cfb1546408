//! Stub.
#![allow(unused)]
use super::accumulator::Accumulator;
use super::loader::Loader;
use super::patch::Schema;
use crate::value::Value;
pub(super) fn generators(out: &mut Accumulator, l: &Loader<'_>, k: &Value, t: &super::generators::Metadata) {}
pub(super) fn transformers(out: &mut Accumulator, l: &Loader<'_>, k: &Value, s: &Schema) {}
pub(super) fn validators(out: &mut Accumulator, l: &Loader<'_>, k: &Value, s: &Schema) {}
