//! Secret stores of the External Secrets Operator: which provider a key belongs to, and what is
//! pushed there.
//!
//! Invariant: how a provider names its secrets is the business of `remote`; what Terraform makes there is
//! not known here.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::references::REMOTE;
use super::remote;
use super::resolve::Opaque;
use super::types::{KeySet, Node, Object, ObjectId, Reference, Symbol, Unit, Universe};
use super::units::Hidden;
use crate::model::external_secrets;
use crate::value::{Known, Reason, Str, Unknown, Value};

/// Remote secrets by kind and name.
pub(super) type Remote<'a> = FxHashMap<(&'a str, &'a str), Vec<&'a Symbol>>;

/// Secret stores by kind, namespace and name, to know what a key means.
pub(super) struct Stores<'a> {
    by_name: FxHashMap<(&'a str, &'a str), Vec<(&'a Object, &'a Universe)>>,
}

impl<'a> Stores<'a> {
    pub(super) fn find(units: &'a [Unit], objects: &'a [Object]) -> Self {
        let mut by_name: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for object in objects.iter().filter(|object| object.group == external_secrets::GROUP && object.rendered) {
            if let ("SecretStore" | "ClusterSecretStore", Known::Value(name)) = (object.kind.as_str(), &object.name) {
                let universe = &units[object.unit.index()].universe;
                by_name.entry((object.kind.as_str(), name.as_str())).or_default().push((object, universe));
            }
        }
        Self { by_name }
    }

    /// The provider that an entry of an ExternalSecret reads from; `None` if the stores of that
    /// name differ, or there is none.
    fn provider(&self, holder: &Object, entry: Option<&Value>) -> Option<remote::Provider> {
        let spec = external_secrets::external_secret_spec(&holder.kind, &holder.value)?;
        self.provider_of(holder, external_secrets::store_of(spec, entry)?)
    }

    /// The provider of the store that an object names.
    fn provider_of(&self, holder: &Object, store: &Value) -> Option<remote::Provider> {
        let kind = store.str_at(&["kind"]).filter(|kind| !kind.is_empty()).unwrap_or("SecretStore");
        let candidates = self.by_name.get(&(kind, store.str_at(&["name"])?))?;
        let mut providers = candidates
            .iter()
            .filter(|(store, _)| match (&store.namespace, &holder.namespace) {
                (Known::Value(a), Known::Value(b)) => a == b,
                _ => true,
            })
            .map(|(store, _)| remote::provider(&store.value));
        let first = providers.next()??;
        providers.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// What PushSecrets make in stores; gives what may be made there that cannot be seen.
    pub(super) fn pushed(&self, objects: &[Object], symbols: &mut Vec<Symbol>) -> Vec<Opaque> {
        let mut unseen = Vec::new();
        for (id, object) in (0..).map(ObjectId).zip(objects).filter(|(_, object)| object.rendered) {
            let spec = external_secrets::push_secret_spec(&object.kind, &object.value);
            let Some(spec) = spec.filter(|_| object.group == external_secrets::GROUP) else { continue };
            let why = Unknown::new(Reason::SecretStore, object.title(), Some(object.name_span()));
            let stores = spec.get("secretStoreRefs").map(Value::items).unwrap_or_default();
            for provider in stores.iter().filter_map(|store| self.provider_of(object, store)) {
                for data in spec.get("data").map(Value::items).unwrap_or_default() {
                    let Some(key) = data.at(&["match", "remoteRef", "remoteKey"]) else { continue };
                    let Some(Known::Value(name)) = key.as_str().map(|key| provider.name(key)) else {
                        unseen.push(self::unseen(&provider, &why, object));
                        continue;
                    };
                    // Others may push further properties, and a whole Secret has its own keys.
                    let mut keys = KeySet { open: Some(why.clone()), ..KeySet::default() };
                    if let Some(property) = data.at(&["match", "remoteRef", "property"])
                        && let Some(name) = property.as_str()
                    {
                        keys.keys.insert(Str::from(name), property.origin.clone());
                    }
                    symbols.push(Symbol {
                        group: Str::from(REMOTE),
                        kind: Str::from(provider.kind),
                        name,
                        namespace: Known::Absent,
                        universe: Universe::Unknown(why.clone()),
                        keys: Some(keys),
                        node: Node::Object(id),
                        unit: Some(object.unit),
                        origin: key.origin.clone(),
                    });
                }
                if spec.get("dataTo").is_some() {
                    unseen.push(self::unseen(&provider, &why, object));
                }
            }
            // Stores that are chosen by their labels may be any.
            if stores.iter().any(|store| store.get("labelSelector").is_some()) {
                let all = self.by_name.values().flatten().filter_map(|(store, _)| remote::provider(&store.value));
                let kinds: BTreeMap<&str, remote::Provider> = all.map(|provider| (provider.kind, provider)).collect();
                unseen.extend(kinds.values().map(|provider| self::unseen(provider, &why, object)));
            }
        }
        unseen
    }

    /// Fill in what a remote reference wants: the provider and the canonical name.
    pub(super) fn complete(&self, holder: &Object, reference: &mut Reference) {
        if reference.want.group != REMOTE {
            return;
        }
        let Some(spec) = external_secrets::external_secret_spec(&holder.kind, &holder.value) else { return };
        let span = reference.origin.span();
        let entries =
            ["data", "dataFrom"].iter().flat_map(|field| spec.get(field).map(Value::items).unwrap_or_default());
        let entry = entries.into_iter().find(|entry| {
            let key = entry.at(&["remoteRef", "key"]).or_else(|| entry.at(&["extract", "key"]));
            key.is_some_and(|key| key.span() == span)
        });
        match self.provider(holder, entry) {
            Some(provider) => {
                if let Known::Value(key) = &reference.want.name {
                    reference.want.name = provider.name(key);
                }
                reference.want.kind = Str::from(provider.kind);
            }
            None => {
                let why = Unknown::new(Reason::SecretStore, "store not linked to Terraform", Some(span));
                reference.want.name = Known::Unknown(why);
            }
        }
    }

    /// The properties of a remote secret that `extract` fetches, if Terraform shows all of them.
    pub(super) fn keys(
        &self,
        holder: &Object,
        extract: &Value,
        entry: Option<&Value>,
        remote: &Remote<'_>,
    ) -> Option<KeySet> {
        let provider = self.provider(holder, entry)?;
        let Known::Value(name) = provider.name(extract.str_at(&["key"])?) else { return None };
        if extract.get("property").is_some_and(|property| !property.is_null()) {
            return None;
        }
        match remote.get(&(provider.kind, name.as_str()))?.as_slice() {
            [only] => only.keys.clone(),
            _ => None,
        }
    }
}

/// Any secret of a provider that an object may make.
fn unseen(provider: &remote::Provider, why: &Unknown, object: &Object) -> Opaque {
    let only = Some((Str::from(REMOTE), Str::from(provider.kind)));
    let hidden = Hidden::new(why.clone(), Vec::new());
    let universe = Universe::Unknown(why.clone());
    Opaque { only, ..Opaque::new(hidden, universe, Known::Absent, Some(object.unit)) }
}
