//! CustomResourceDefinitions.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidCrd = "invalid-crd" {
        summary: "CustomResourceDefinition that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let object = judge.object;
    if !object.is("apiextensions.k8s.io", "CustomResourceDefinition") || object.version != "v1" {
        return;
    }
    let spec = judge.spec();
    let (group, names) = (spec.get("group"), spec.get("names"));
    let (plural, name) = (names.get("plural"), judge.root().at(&["metadata", "name"]));
    judge.form(group, "API group", group_name);
    if let (Known::Value(one), Known::Value(two), Known::Value(actual)) = (plural.text(), group.text(), name.text()) {
        let wanted = format!("{one}.{two}");
        if actual != wanted {
            judge
                .error(name, format!("its name is not `{wanted}`"))
                .primary("it must be the plural and the group")
                .label(plural.span(), "the plural")
                .label(group.span(), "the group");
        }
    }
    for key in ["plural", "singular"] {
        judge.form(names.get(key), key, names::dns_1035_label);
    }
    for key in ["kind", "listKind"] {
        judge.form(names.get(key), key, |kind| names::dns_1035_label(&kind.to_lowercase()));
    }
    for list in ["shortNames", "categories"] {
        for (_, item) in names.get(list).items() {
            judge.form(item, "short name or category", names::dns_1035_label);
            if item.raw_text() == Known::Value("") {
                judge.error(item, format!("an item of `{list}` is empty"));
            }
        }
    }
    if let (Known::Value(one), Known::Value(two)) = (names.get("kind").text(), names.get("listKind").text())
        && one == two
    {
        judge.error(names.get("listKind"), "`kind` and `listKind` are the same");
    }
    if spec.get("preserveUnknownFields").is_true() {
        judge.error(spec.get("preserveUnknownFields"), "`preserveUnknownFields: true` is not allowed in v1").help(
            "drop it, and write `x-kubernetes-preserve-unknown-fields: true` into the schema where fields are free",
        );
    }
    versions(judge, spec.get("versions"));
    let conversion = spec.get("conversion");
    let webhook = conversion.get("webhook");
    if conversion.get("strategy").is_text("Webhook") && webhook.is_absent() {
        judge.error(conversion, "the conversion `Webhook` needs `webhook`");
    }
    let mut seen = BTreeMap::new();
    for (_, version) in webhook.get("conversionReviewVersions").items() {
        judge.form(version, "version", names::dns_1035_label);
        if let Known::Value(text) = version.text()
            && let Some(first) = seen.insert(text, version.span())
        {
            judge.error(version, format!("the version `{text}` stands twice")).label(first, "first here");
        }
    }
    if webhook.is_present() && webhook.get("conversionReviewVersions").is_empty() {
        judge.error(webhook, "the conversion `Webhook` needs `conversionReviewVersions`").help("`[v1]`");
    }
    if conversion.get("strategy").is_text("Webhook") && webhook.is_present() && webhook.get("clientConfig").is_absent()
    {
        judge.error(webhook, "the conversion `Webhook` needs `clientConfig`");
    }
    super::invalid_webhook::client(judge, webhook.get("clientConfig"));
    if conversion.get("strategy").is_text("None") && webhook.is_present() {
        judge.error(webhook, "`webhook` is only for the conversion `Webhook`");
    }
}

fn group_name(group: &str) -> names::Verdict {
    names::dns_subdomain(group)?;
    if group.contains('.') { Ok(()) } else { Err("it needs at least two parts: `example.com`") }
}

fn versions<'a>(judge: &mut Judge<'a>, versions: Field<'a>) {
    let mut seen = BTreeMap::new();
    let mut stored = Vec::new();
    let mut is_certain = versions.is_present() && versions.is_complete();
    for (_, version) in versions.items() {
        let name = version.get("name");
        judge.form(name, "version", names::dns_1035_label);
        if let Known::Value(text) = name.text()
            && let Some(first) = seen.insert(text, name.span())
        {
            judge.error(name, format!("the version `{text}` stands twice")).label(first, "first here");
        }
        match version.get("storage").truth() {
            Known::Value(true) => stored.push(version.get("storage")),
            Known::Value(false) | Known::Absent => {}
            Known::Unknown(_) => is_certain = false,
        }
        let warning = version.get("deprecationWarning");
        if warning.is_present() && matches!(version.get("deprecated").truth(), Known::Absent | Known::Value(false)) {
            judge.error(warning, "`deprecationWarning` is only for a version with `deprecated: true`");
        }
        columns(judge, version.get("additionalPrinterColumns"));
        scale(judge, version.at(&["subresources", "scale"]));
        let root = version.at(&["schema", "openAPIV3Schema"]);
        if root.get("x-kubernetes-preserve-unknown-fields").truth() == Known::Value(false) {
            preserves(judge, root);
        }
        if root.is_absent() {
            judge.error(version.get("schema"), "a version has no `schema.openAPIV3Schema`");
        } else if matches!(root.get("type").text(), Known::Value(of) if of != "object") {
            judge.error(root.get("type"), "the schema of a version must be of type `object`");
        } else if root.is_present() && root.get("type").is_absent() && !is_free(root) {
            judge.error(root, "the schema of a version has no type").help("write `type: object`");
        }
        super::crd_values::check(judge, root, true);
        let mut left = 20_000;
        for entry in root.get("properties").entries() {
            schema(judge, Field::of_entry(entry), 0, &mut left);
        }
    }
    match stored.as_slice() {
        [] if is_certain => {
            judge.error(versions, "no version is the one that is stored").help("set `storage: true` in exactly one");
        }
        [first, second, ..] => {
            judge.error(*second, "two versions are stored").label(first.span(), "the other one");
        }
        _ => {}
    }
}

fn preserves<'a>(judge: &mut Judge<'a>, schema: Field<'a>) {
    judge
        .error(
            schema.get("x-kubernetes-preserve-unknown-fields"),
            "`x-kubernetes-preserve-unknown-fields: false` is not allowed",
        )
        .help("leave it out: unknown fields are dropped anyway");
}

fn columns<'a>(judge: &mut Judge<'a>, columns: Field<'a>) {
    for (_, column) in columns.items() {
        let (kind, path) = (column.get("type"), column.get("jsonPath"));
        match kind.raw_text() {
            Known::Value("boolean" | "date" | "integer" | "number" | "string") | Known::Unknown(_) => {}
            Known::Value(other) if !other.is_empty() && !has_placeholder(other) => {
                judge
                    .error(kind, format!("a column cannot be of type `{other}`"))
                    .help("there are `boolean`, `date`, `integer`, `number` and `string`");
            }
            Known::Absent | Known::Value("") => {
                judge.error(kind, "a column has no type");
            }
            Known::Value(_) => {}
        }
        if matches!(path.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(path, "a column has no `jsonPath`");
        }
        judge.form(path, "path of a column", |path| {
            if path.starts_with('.') { Ok(()) } else { Err("it must start with `.`") }
        });
    }
}

/// Where an autoscaler finds and sets the number of replicas.
fn scale<'a>(judge: &mut Judge<'a>, scale: Field<'a>) {
    if !scale.is_present() {
        return;
    }
    for (key, within) in [
        ("specReplicasPath", &[".spec."][..]),
        ("statusReplicasPath", &[".status."]),
        ("labelSelectorPath", &[".spec.", ".status."]),
    ] {
        let path = scale.get(key);
        if key != "labelSelectorPath" && matches!(path.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(path, format!("`scale` has no `{key}`"));
        }
        let Known::Value(text) = path.text() else { continue };
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        let simple = text.strip_prefix('.').is_some_and(|rest| rest.split('.').all(plain));
        let inside = within.iter().any(|start| text.starts_with(start));
        if !(text.is_empty() || simple && inside) {
            let within: Vec<String> = within.iter().map(|start| format!("`{start}`")).collect();
            judge.error(path, format!("`{text}` is no plain path below {}", within.join(" or ")));
        }
    }
}

fn is_free(schema: Field<'_>) -> bool {
    schema.get("x-kubernetes-preserve-unknown-fields").is_true()
}

/// Deepest nesting of a schema.
const MAX_DEPTH: usize = 100;

/// What a structural schema must be.
fn schema<'a>(judge: &mut Judge<'a>, schema: Field<'a>, depth: usize, left: &mut usize) {
    if !schema.is_present() || depth > MAX_DEPTH || *left == 0 {
        return;
    }
    if schema.get("x-kubernetes-preserve-unknown-fields").truth() == Known::Value(false) {
        preserves(judge, schema);
    }
    *left -= 1;
    super::crd_values::check(judge, schema, false);
    let is_either = schema.get("x-kubernetes-int-or-string").is_true();
    let kind = schema.get("type");
    if kind.is_absent()
        && schema.value().is_some_and(|value| value.as_map().is_some())
        && schema.is_complete()
        && !is_either
        && !is_free(schema)
    {
        judge
            .error(schema, "a part of a schema has no type")
            .primary("a schema has to be structural")
            .help("write its `type`, or `x-kubernetes-preserve-unknown-fields: true` if anything may stand there");
    }
    let (items, properties, others) =
        (schema.get("items"), schema.get("properties"), schema.get("additionalProperties"));
    let mapped = schema.get("x-kubernetes-map-type");
    if mapped.is_present() && matches!(kind.text(), Known::Absent | Known::Value(_)) && !kind.is_text("object") {
        judge.error(mapped, "`x-kubernetes-map-type` is only for the type `object`");
    }
    if kind.is_text("array") && items.is_absent() {
        judge.error(kind, "a list does not say what its items are").help("describe them in `items`");
    }
    if properties.is_present() && !properties.is_empty() && others.is_present() && others.truth() != Known::Value(false)
    {
        judge
            .error(others, "a part of a schema has both `properties` and `additionalProperties`")
            .label(properties.span(), "the other one");
    }
    if schema.get("uniqueItems").is_true() {
        judge
            .error(schema.get("uniqueItems"), "`uniqueItems: true` is not allowed")
            .help("use `x-kubernetes-list-type: set`");
    }
    list_type(judge, schema, items);
    self::schema(judge, items, depth + 1, left);
    for entry in properties.entries() {
        self::schema(judge, Field::of_entry(entry), depth + 1, left);
    }
    if others.value().is_some_and(|value| value.as_map().is_some()) {
        self::schema(judge, others, depth + 1, left);
        types(judge, others, depth + 1);
    }
}

/// Types below `additionalProperties`, which the published schema leaves open.
fn types<'a>(judge: &mut Judge<'a>, schema: Field<'a>, depth: usize) {
    const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
    if let Known::Value(text) = schema.get("type").text()
        && !TYPES.contains(&text)
    {
        judge.error(schema.get("type"), format!("`{text}` is no type")).help(format!("one of {}", TYPES.join(", ")));
    }
    // What is deeper, or another `additionalProperties`, is looked at from there.
    if depth < MAX_DEPTH {
        let properties = schema.get("properties").entries().map(Field::of_entry);
        for part in properties.chain([schema.get("items")]).filter(|part| part.is_present()) {
            types(judge, part, depth + 1);
        }
    }
}

fn list_type<'a>(judge: &mut Judge<'a>, schema: Field<'a>, items: Field<'a>) {
    let (kind, keys) = (schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys"));
    if kind.is_text("map") && keys.is_empty() {
        judge
            .error(kind, "a list of type `map` does not say what its keys are")
            .help("list them in `x-kubernetes-list-map-keys`");
    }
    if keys.is_present() && matches!(kind.text(), Known::Absent | Known::Value("set" | "atomic")) {
        judge.error(keys, "`x-kubernetes-list-map-keys` is only for lists of type `map`");
    }
    let required = items.get("required");
    let mut seen = BTreeMap::new();
    for (_, key) in keys.items().filter(|_| kind.is_text("map")) {
        let Known::Value(text) = key.raw_text() else { continue };
        if let Some(first) = seen.insert(text, key.span()) {
            judge.error(key, format!("the key `{text}` stands twice")).label(first, "first here");
        }
        let property = items.get("properties").get(text);
        if property.is_absent() && items.is_present() {
            judge.error(key, format!("the items have no property `{text}`"));
        } else if required.is_complete()
            && !required.items().any(|(_, item)| item.is_text(text))
            && property.get("default").is_absent()
        {
            judge
                .error(key, format!("the key `{text}` of a list is neither required nor has it a default"))
                .help("list it in `required` of the items");
        }
    }
}
