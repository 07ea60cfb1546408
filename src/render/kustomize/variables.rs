//! Stub.
#![allow(unused)]
use super::accumulator::Accumulator;
use super::loader::Loader;
use crate::value::Value;
pub(super) fn gather(out: &mut Accumulator, k: &Value) {}
pub(super) fn merge(out: &mut Accumulator, b: &Accumulator, e: &Value) {}
pub(super) fn resolve(out: &mut Accumulator) {}
