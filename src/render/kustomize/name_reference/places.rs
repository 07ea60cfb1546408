//! Where the objects of one kind hold references.

use crate::render::kustomize::configuration::NameReference;
use crate::render::kustomize::field_path::{Steps, position, split_escaped};
use crate::render::kustomize::field_spec::FieldSpec;
use crate::render::kustomize::resource::Gvk;
use crate::text::Span;
use crate::value::{Data, Value};

/// One field spec.
pub(super) struct Reference<'a> {
    /// The kinds that it refers to.
    pub(super) referent: &'a Gvk,
    /// Whether the kind of the referent stands beside the name.
    pub(super) is_role: bool,
}

/// All field specs of one kind of referrer, as a tree of keys.
pub(super) struct Places<'a> {
    references: Vec<Reference<'a>>,
    nodes: Vec<Branch>,
}

#[derive(Default)]
struct Branch {
    children: Vec<(String, usize)>,
    /// References that end here, in the order of the configuration.
    references: Vec<u32>,
}

/// A place in an object at which a reference stands.
pub(super) struct Hit {
    /// Position of the field spec.
    pub(super) reference: u32,
    steps: (u32, u32),
}

/// What was found in one object.
#[derive(Default)]
pub(super) struct Found {
    /// References, in order of their field specs.
    pub(super) hits: Vec<Hit>,
    /// Scalars that stand where a path leads on.
    pub(super) dead_ends: Vec<Span>,
    steps: Vec<u32>,
}

impl Found {
    /// The way to a reference.
    pub(super) fn steps(&self, hit: &Hit) -> &Steps {
        &self.steps[hit.steps.0 as usize..hit.steps.1 as usize]
    }
}

impl<'a> Places<'a> {
    /// The field specs for objects that were of this kind at first.
    pub(super) fn new(gvk: &Gvk, table: &'a [NameReference]) -> Self {
        let mut places = Self { references: Vec::new(), nodes: vec![Branch::default()] };
        for NameReference { referent, fields } in table {
            for field in fields.iter().filter(|field| field.selects(gvk)) {
                places.push(referent, field);
            }
        }
        places
    }

    fn push(&mut self, referent: &'a Gvk, field: &FieldSpec) {
        let mut at = 0;
        for part in split_escaped(&field.path, '/') {
            let key = part.strip_suffix("[]").unwrap_or(&part);
            let known = self.nodes[at].children.iter().find(|(name, _)| name == key).map(|(_, child)| *child);
            at = known.unwrap_or_else(|| {
                let child = self.nodes.len();
                self.nodes.push(Branch::default());
                self.nodes[at].children.push((key.to_owned(), child));
                child
            });
        }
        self.nodes[at].references.push(self.references.len() as u32);
        self.references.push(Reference { referent, is_role: field.path.ends_with("roleRef/name") });
    }

    /// Whether such objects refer to nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.references.is_empty()
    }

    /// The field spec of a hit.
    pub(super) fn reference(&self, hit: &Hit) -> &Reference<'a> {
        &self.references[hit.reference as usize]
    }

    /// All places of an object.
    pub(super) fn find(&self, value: &Value) -> Found {
        let mut found = Found::default();
        self.arrive(value, &self.nodes[0], &mut Vec::new(), &mut found);
        found.hits.sort_by_key(|hit| hit.reference);
        found
    }

    fn arrive(&self, value: &Value, branch: &Branch, steps: &mut Vec<u32>, found: &mut Found) {
        if !branch.references.is_empty() && !value.is_null() {
            let start = found.steps.len() as u32;
            found.steps.extend_from_slice(steps);
            let steps = (start, found.steps.len() as u32);
            found.hits.extend(branch.references.iter().map(|reference| Hit { reference: *reference, steps }));
        }
        if !branch.children.is_empty() {
            self.descend(value, branch, steps, found);
        }
    }

    /// Lists on the way are taken item by item.
    fn descend(&self, value: &Value, branch: &Branch, steps: &mut Vec<u32>, found: &mut Found) {
        match &value.data {
            Data::Null | Data::Unknown(_) => {}
            Data::List(items) => {
                for (at, item) in (0..).zip(items.iter()) {
                    steps.push(at);
                    self.descend(item, branch, steps, found);
                    steps.pop();
                }
            }
            Data::Map(map) => {
                for (key, child) in &branch.children {
                    let Some(at) = position(map, key) else { continue };
                    let Some(entry) = map.get(key) else { continue };
                    steps.push(at);
                    self.arrive(entry, &self.nodes[*child], steps, found);
                    steps.pop();
                }
            }
            _ => found.dead_ends.push(value.span()),
        }
    }
}
