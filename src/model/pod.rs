//! The pods that an object makes, and their containers.

use super::Field;
use super::kubernetes::pod_template;
use crate::value::{Known, Value};

/// The pod that an object is, or the template of the pods that it makes.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'a> {
    /// Whether the object is a Pod itself.
    pub is_bare: bool,
    /// The template as a whole: `metadata` and `spec`.
    pub template: Field<'a>,
    /// `spec` of the pod.
    pub spec: Field<'a>,
}

/// What a container is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// One of `containers`.
    Main,
    /// One of `initContainers` that runs to its end before the main ones start.
    Init,
    /// One of `initContainers` that keeps running (`restartPolicy: Always`).
    Sidecar,
    /// One of `ephemeralContainers`.
    Ephemeral,
}

/// A container.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// What it is for.
    pub role: Role,
    /// All of it.
    pub field: Field<'a>,
    /// Its place in its list.
    pub index: usize,
}

impl<'a> Pod<'a> {
    /// The pod of an object of a kind; `None` if the kind makes none. Kinds whose pods are not what
    /// their template says (Knative fills in most of it) count as such.
    #[must_use]
    pub fn of(group: &str, kind: &str, value: &'a Value) -> Option<Self> {
        let path = pod_template(group, kind).filter(|_| group != "serving.knative.dev")?;
        let template = Field::new(value).at(path);
        Some(Self { is_bare: path.is_empty(), template, spec: template.get("spec") })
    }

    /// Its containers that are known.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> {
        [("initContainers", Role::Init), ("containers", Role::Main), ("ephemeralContainers", Role::Ephemeral)]
            .into_iter()
            .flat_map(move |(list, role)| {
                self.spec.get(list).items().map(move |(index, field)| {
                    let stays = role == Role::Init && field.get("restartPolicy").is_text("Always");
                    Container { role: if stays { Role::Sidecar } else { role }, field, index }
                })
            })
    }

    /// Whether all its containers are known.
    #[must_use]
    pub fn has_all_containers(self) -> bool {
        ["initContainers", "containers", "ephemeralContainers"].iter().all(|list| self.spec.get(list).is_complete())
    }
}

impl<'a> Container<'a> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> Known<&'a str> {
        self.field.get("name").text()
    }

    /// For people: "init container `migrate`".
    #[must_use]
    pub fn title(self) -> String {
        let noun = match self.role {
            Role::Main => "container",
            Role::Init => "init container",
            Role::Sidecar => "sidecar",
            Role::Ephemeral => "ephemeral container",
        };
        match self.name() {
            Known::Value(name) => format!("{noun} `{name}`"),
            _ => format!("{noun} {}", self.index + 1),
        }
    }
}
