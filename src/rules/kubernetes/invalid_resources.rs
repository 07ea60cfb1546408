//! Requests and limits.

use super::judge::{Judge, declare_judge};
use crate::model::pod::Role;
use crate::model::{Field, Pod, names};
use crate::schema::Quantity;
use crate::text::near_miss;
use crate::value::{Data, Known};

declare_judge! {
    InvalidResources = "invalid-resources" {
        summary: "requests or limits that the API server refuses or no container starts with",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

/// What a quantity is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource<'n> {
    /// `cpu`, `memory` and the like.
    Standard,
    /// Memory in pages of this size.
    HugePages(&'n str),
    /// Something that a device plugin brings: `nvidia.com/gpu`.
    Extended,
}

impl<'n> Resource<'n> {
    /// What a name means for a container; `None` if nothing.
    pub(super) fn of(name: &'n str) -> Option<Self> {
        if let Some(size) = name.strip_prefix("hugepages-") {
            return Some(Self::HugePages(size));
        }
        match name.contains('/') {
            false => matches!(name, "cpu" | "memory" | "ephemeral-storage").then_some(Self::Standard),
            true if name.contains("kubernetes.io/") => Some(Self::Standard),
            true => (!name.starts_with("requests.")).then_some(Self::Extended),
        }
    }

    /// Whether a request may be less than the limit.
    pub(super) fn may_be_less(self) -> bool {
        self == Self::Standard
    }
}

/// The quantity in a field, if it is known and one.
pub(super) fn quantity(field: Field<'_>) -> Option<Quantity> {
    match &field.value()?.data {
        Data::Int(number) => Some(Quantity::new(*number)),
        Data::Float(number) => Quantity::parse(&number.to_string()),
        Data::String(_) => Quantity::parse(field.text().value()?),
        _ => None,
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let claims = pod.spec.get("resourceClaims");
    for container in pod.containers() {
        let (resources, title) = (container.field.get("resources"), container.title());
        requirements(judge, resources, &title);
        for (_, claim) in resources.get("claims").items().filter(|_| claims.is_complete()) {
            let Known::Value(name) = claim.get("name").text() else { continue };
            if !claims.items().any(|(_, item)| item.get("name").is_text(name)) {
                judge.error(claim.get("name"), format!("{title} uses the claim `{name}`, which the pod does not have"));
            }
        }
    }
    whole(judge, pod);
    for entry in pod.spec.get("overhead").entries() {
        resource(judge, &entry.key, Field::of_entry(entry), entry.key_origin.span(), "the overhead");
    }
}

/// What the pod has as a whole, of which its containers take their parts.
fn whole<'a>(judge: &mut Judge<'a>, pod: Pod<'a>) {
    let resources = pod.spec.get("resources");
    requirements(judge, resources, "the pod");
    let (requests, limits) = (resources.get("requests"), resources.get("limits"));
    for entry in requests.entries().chain(limits.entries()) {
        if Resource::of(&entry.key).is_some() && !is_of_pods(&entry.key) {
            let key = Field::of_entry(entry).moved(entry.key_origin.span());
            judge
                .error(key, format!("a pod as a whole cannot have `{}`", entry.key))
                .help("only `cpu`, `memory` and huge pages: give the rest to its containers");
        }
    }
    for entry in limits.entries() {
        let (name, limit) = (entry.key.as_str(), Field::of_entry(entry));
        let Some(most) = quantity(limit) else { continue };
        for container in pod.containers().filter(|container| container.role == Role::Main) {
            let part = container.field.at(&["resources", "limits"]).get(name);
            if quantity(part).is_some_and(|part| part > most) {
                judge
                    .error(part, format!("{} may take more `{name}` than its pod", container.title()))
                    .label(limit.span(), "the limit of the pod");
            }
        }
    }
    for entry in requests.entries() {
        let (name, request) = (entry.key.as_str(), Field::of_entry(entry));
        let Some(all) = quantity(request) else { continue };
        // Those of init containers are not added up, and what is not known counts as nothing.
        let mut parts = pod.containers().filter(|container| container.role == Role::Main).filter_map(|container| {
            let resources = container.field.get("resources");
            let own = resources.at(&["requests", name]);
            quantity(if own.is_absent() { resources.at(&["limits", name]) } else { own })
        });
        if parts.try_fold(Quantity::ZERO, Quantity::plus).is_some_and(|sum| sum > all) {
            judge.error(request, format!("the containers request more `{name}` than the pod as a whole"));
        }
    }
}

/// Whether a pod as a whole can have a resource.
fn is_of_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

fn requirements<'a>(judge: &mut Judge<'a>, resources: Field<'a>, title: &str) {
    let (limits, requests) = (resources.get("limits"), resources.get("requests"));
    for (list, kind) in [(limits, "limit"), (requests, "request")] {
        for entry in list.entries() {
            let field = Field::of_entry(entry);
            resource(judge, &entry.key, field, entry.key_origin.span(), title);
            bytes(judge, &entry.key, field, kind, title);
        }
    }
    for entry in requests.entries() {
        let name = entry.key.as_str();
        let (request, limit) = (Field::of_entry(entry), limits.get(name));
        let Some(kind) = Resource::of(name) else { continue };
        let Some(asked) = quantity(request) else { continue };
        if limit.is_absent() && !kind.may_be_less() {
            judge
                .error(request, format!("{title} requests `{name}` without a limit"))
                .help(format!("set the same as limit: `{name}` cannot be overcommitted"));
        }
        let Some(most) = quantity(limit) else { continue };
        if asked > most {
            judge
                .error(request, format!("{title} requests more `{name}` than its limit"))
                .label(limit.span(), "the limit");
        } else if asked < most && !kind.may_be_less() {
            judge
                .error(request, format!("{title} requests less `{name}` than its limit"))
                .primary("it cannot be overcommitted: both must be equal")
                .label(limit.span(), "the limit");
        }
    }
    let keys = || limits.entries().chain(requests.entries());
    let pages = keys().find(|entry| entry.key.starts_with("hugepages-"));
    let is_closed = limits.is_complete() && requests.is_complete();
    if let Some(pages) = pages.filter(|_| is_closed && !keys().any(|entry| matches!(&*entry.key, "cpu" | "memory"))) {
        judge.error(Field::of_entry(pages), format!("{title} asks for huge pages without `cpu` or `memory`"));
    }
}

fn resource<'a>(judge: &mut Judge<'a>, name: &str, field: Field<'a>, at: crate::text::Span, title: &str) {
    let kind = Resource::of(name).filter(|_| names::qualified_name(name).is_ok());
    if kind.is_none() && !crate::text::has_placeholder(name) {
        let problem = judge.error(field.moved(at), format!("{title} asks for `{name}`, which is no resource"));
        match near_miss(name, ["cpu", "memory", "ephemeral-storage"]) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("`cpu`, `memory`, `ephemeral-storage`, `hugepages-<size>`, or a name with a domain such as `nvidia.com/gpu`"),
        };
    }
    let Some(amount) = quantity(field) else { return };
    if amount < Quantity::ZERO {
        judge.error(field, format!("{title} asks for less than nothing of `{name}`"));
    }
    match kind {
        Some(Resource::Extended) if !amount.is_whole() => {
            judge.error(field, format!("`{name}` comes only in whole numbers"));
        }
        Some(Resource::HugePages(size)) if !Quantity::parse(size).is_some_and(|size| amount.is_multiple_of(size)) => {
            judge.error(field, format!("this is no multiple of `{name}`"));
        }
        _ => {}
    }
}

/// Parts of a byte, and less memory than any program needs: a wrong suffix.
fn bytes<'a>(judge: &mut Judge<'a>, name: &str, field: Field<'a>, kind: &str, title: &str) {
    if !matches!(name, "memory" | "ephemeral-storage") {
        return;
    }
    let Some(amount) = quantity(field).filter(|amount| *amount > Quantity::ZERO) else { return };
    let is_tiny = name == "memory" && kind == "limit" && amount < Quantity::new(1 << 20);
    if amount.is_whole() && !is_tiny {
        return;
    }
    let written = field.text().value().map(|text| (*text).to_owned());
    let fix = written.and_then(|text| {
        let number = text.strip_suffix('m')?.to_owned();
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| (text, format!("{number}Mi")))
    });
    let problem = if is_tiny {
        judge
            .error(field, format!("{title} has a memory limit of less than a mebibyte"))
            .note("no program starts with so little")
    } else {
        judge
            .warning(field, format!("the {kind} of `{name}` of {title} has a part of a byte"))
            .note("it is rounded up to whole bytes")
    };
    match fix {
        Some((old, new)) => {
            problem.primary("`m` means a thousandth").help(format!("did you mean `{new}`?")).replace(old, new)
        }
        None => problem.help("write a unit such as `Mi` or `Gi`"),
    };
}
