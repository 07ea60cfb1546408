//! Where pods may run.

use super::invalid_label::selector;
use super::invalid_resources::{Resource, quantity};
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::Quantity;
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidScheduling = "invalid-scheduling" {
        summary: "tolerations, affinity, spread constraints or a RuntimeClass that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if judge.object.is("node.k8s.io", "RuntimeClass") {
        return runtime_class(judge, judge.root());
    }
    let Some(pod) = judge.pod() else { return };
    for (_, toleration) in pod.spec.get("tolerations").items() {
        self::toleration(judge, toleration);
    }
    let affinity = pod.spec.get("affinity");
    node_affinity(judge, affinity.get("nodeAffinity"));
    for kind in ["podAffinity", "podAntiAffinity"] {
        let affinity = affinity.get(kind);
        for (_, term) in affinity.get("requiredDuringSchedulingIgnoredDuringExecution").items() {
            pod_term(judge, term);
        }
        for (_, term) in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            judge.within(term.get("weight"), 1, 100);
            pod_term(judge, term.get("podAffinityTerm"));
        }
    }
    spread(judge, pod.spec.get("topologySpreadConstraints"));
    super::invalid_label::labels(judge, pod.spec.get("nodeSelector"));
    let mut gates = std::collections::BTreeMap::new();
    for (_, gate) in pod.spec.get("schedulingGates").items() {
        let name = gate.get("name");
        judge.form(name, "name of a scheduling gate", names::qualified_name);
        let Known::Value(text) = name.text() else { continue };
        if let Some(first) = gates.insert(text, name.span()) {
            judge.error(name, format!("the scheduling gate `{text}` stands twice")).label(first, "first here");
        }
    }
    let node = pod.spec.get("nodeName");
    if pod.is_bare && node.is_present() && !gates.is_empty() {
        judge.error(node, "a pod with scheduling gates may not name its node");
    }
}

fn runtime_class<'a>(judge: &mut Judge<'a>, root: Field<'a>) {
    judge.form(root.get("handler"), "name of a handler", names::dns_label);
    if root.get("handler").raw_text() == Known::Value("") {
        judge.error(root.get("handler"), "it names no handler");
    }
    let scheduling = root.get("scheduling");
    super::invalid_label::labels(judge, scheduling.get("nodeSelector"));
    let mut seen: Vec<([Known<&str>; 4], Field<'a>)> = Vec::new();
    for (_, toleration) in scheduling.get("tolerations").items() {
        self::toleration(judge, toleration);
        let texts = ["key", "operator", "value", "effect"].map(|key| toleration.get(key).text());
        let same = |(known, _): &&([Known<&str>; 4], Field<'a>)| {
            known.iter().zip(&texts).all(|(one, two)| match (one, two) {
                (Known::Value(one), Known::Value(two)) => one == two,
                (Known::Absent, Known::Absent) => true,
                _ => false,
            })
        };
        if toleration.get("tolerationSeconds").is_absent()
            && let Some((_, first)) = seen.iter().find(same)
        {
            judge.error(toleration, "a toleration stands twice").label(first.span(), "first here");
        }
        seen.push((texts, toleration));
    }
    for entry in root.at(&["overhead", "podFixed"]).entries().filter(|entry| !has_placeholder(&entry.key)) {
        if Resource::of(&entry.key).is_none() {
            let key = Field::of_entry(entry).moved(entry.key_origin.span());
            judge.error(key, format!("`{}` is no resource of a container", entry.key));
        }
        if quantity(Field::of_entry(entry)).is_some_and(|amount| amount < Quantity::ZERO) {
            judge.error(Field::of_entry(entry), format!("the overhead is less than nothing of `{}`", entry.key));
        }
        if Resource::of(&entry.key) == Some(Resource::Extended)
            && quantity(Field::of_entry(entry)).is_some_and(|amount| !amount.is_whole())
        {
            judge.error(Field::of_entry(entry), format!("`{}` comes only in whole numbers", entry.key));
        }
    }
}

fn toleration<'a>(judge: &mut Judge<'a>, toleration: Field<'a>) {
    let [key, operator, value, effect, seconds] =
        ["key", "operator", "value", "effect", "tolerationSeconds"].map(|key| toleration.get(key));
    judge.form(key, "key of a taint", names::qualified_name);
    let exists = operator.is_text("Exists");
    let equal = matches!(operator.text(), Known::Absent | Known::Value("Equal"));
    if matches!(key.raw_text(), Known::Absent | Known::Value("")) && equal {
        judge
            .error(toleration, "a toleration without `key` needs `operator: Exists`")
            .help("with it, every taint is tolerated");
    }
    if exists && matches!(value.raw_text(), Known::Value(text) if !text.is_empty()) {
        judge
            .error(value, "a toleration with `operator: Exists` may not have a value")
            .label(operator.span(), "the operator");
    }
    if equal {
        judge.form(value, "value of a taint", names::label_value);
    }
    let is_wrong = match effect.text() {
        Known::Absent => true,
        Known::Value(effect) => effect != "NoExecute",
        Known::Unknown(_) => false,
    };
    if seconds.is_present() && is_wrong {
        judge.error(seconds, "`tolerationSeconds` needs `effect: NoExecute`");
    }
}

fn node_affinity<'a>(judge: &mut Judge<'a>, affinity: Field<'a>) {
    let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution");
    let terms = required.get("nodeSelectorTerms");
    if required.is_present() && terms.is_empty() {
        judge.error(required, "a required node affinity has no terms").help("leave it out if every node will do");
    }
    for (_, term) in terms.items() {
        node_term(judge, term, true);
    }
    for (_, term) in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
        judge.within(term.get("weight"), 1, 100);
        node_term(judge, term.get("preference"), false);
    }
}

/// Check a selector of nodes that must match.
pub(super) fn node_terms<'a>(judge: &mut Judge<'a>, required: Field<'a>) {
    let terms = required.get("nodeSelectorTerms");
    if required.is_present() && terms.is_empty() {
        judge.error(required, "a required node affinity has no terms").help("leave it out if every node will do");
    }
    for (_, term) in terms.items() {
        node_term(judge, term, true);
    }
}

fn node_term<'a>(judge: &mut Judge<'a>, term: Field<'a>, strict: bool) {
    for (_, expression) in term.get("matchExpressions").items() {
        let (operator, values) = (expression.get("operator"), expression.get("values"));
        judge.form(expression.get("key"), "key of a label", names::qualified_name);
        let count = values.is_complete().then(|| values.items().count());
        match (operator.text(), count) {
            (Known::Value(text @ ("In" | "NotIn")), Some(0)) => {
                judge.error(expression, format!("an expression with `{text}` has no values"));
            }
            (Known::Value(text @ ("Exists" | "DoesNotExist")), Some(1..)) => {
                judge.error(values, format!("an expression with `{text}` may not have values"));
            }
            (Known::Value(text @ ("Gt" | "Lt")), Some(count)) if count != 1 => {
                judge.error(expression, format!("an expression with `{text}` needs exactly one value"));
            }
            _ => {}
        }
        for (_, value) in values.items().filter(|_| strict) {
            judge.form(value, "value of a label", names::label_value);
        }
    }
    for (_, expression) in term.get("matchFields").items() {
        let (key, operator, values) = (expression.get("key"), expression.get("operator"), expression.get("values"));
        if matches!(key.text(), Known::Value(key) if key != "metadata.name") {
            judge.error(key, "the only field of a node to select by is `metadata.name`");
        }
        match operator.text() {
            Known::Value("In" | "NotIn") if values.is_complete() && values.items().count() != 1 => {
                judge.error(expression, "an expression about a field of a node needs exactly one value");
            }
            Known::Value(text @ ("Exists" | "DoesNotExist" | "Gt" | "Lt")) => {
                judge.error(operator, format!("`{text}` is not allowed for fields of a node"));
            }
            _ => {}
        }
    }
}

fn pod_term<'a>(judge: &mut Judge<'a>, term: Field<'a>) {
    if !term.is_present() {
        return;
    }
    selector(judge, term.get("labelSelector"));
    selector(judge, term.get("namespaceSelector"));
    for (_, namespace) in term.get("namespaces").items() {
        judge.form(namespace, "name of a namespace", names::dns_label);
    }
    let key = term.get("topologyKey");
    if matches!(key.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(key, "an affinity to pods has no `topologyKey`").help("`kubernetes.io/hostname`, for nodes");
    }
    judge.form(key, "key of a label", names::qualified_name);
    label_keys(judge, term, &["matchLabelKeys", "mismatchLabelKeys"]);
}

fn spread<'a>(judge: &mut Judge<'a>, constraints: Field<'a>) {
    let mut seen = Vec::new();
    for (_, constraint) in constraints.items() {
        judge.at_least(constraint.get("maxSkew"), 1);
        judge.at_least(constraint.get("minDomains"), 1);
        let (key, action) = (constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"));
        if key.raw_text() == Known::Value("") {
            judge.error(key, "a spread constraint has no `topologyKey`");
        }
        if constraint.get("minDomains").is_present() && action.is_text("ScheduleAnyway") {
            judge
                .error(constraint.get("minDomains"), "`minDomains` needs `whenUnsatisfiable: DoNotSchedule`")
                .label(action.span(), "it is not");
        }
        if let (Known::Value(key), Known::Value(action)) = (key.text(), action.text()) {
            if let Some((.., first)) = seen.iter().find(|(one, two, _)| (*one, *two) == (key, action)) {
                let message = format!("two spread constraints have the topology key `{key}` and `{action}`");
                judge.error(constraint.get("topologyKey"), message).label(*first, "first here");
            }
            seen.push((key, action, constraint.get("topologyKey").span()));
        }
        selector(judge, constraint.get("labelSelector"));
        label_keys(judge, constraint, &["matchLabelKeys"]);
    }
}

fn label_keys<'a>(judge: &mut Judge<'a>, term: Field<'a>, lists: &[&str]) {
    for list in lists {
        let keys = term.get(list);
        if !keys.is_empty() && keys.is_present() && term.get("labelSelector").is_absent() {
            judge.error(keys, format!("`{list}` needs a `labelSelector`"));
        }
        for (_, key) in keys.items() {
            judge.form(key, "key of a label", names::qualified_name);
        }
    }
    let mismatch = term.get("mismatchLabelKeys");
    for (_, key) in term.get("matchLabelKeys").items().filter(|_| lists.len() == 2) {
        let Known::Value(text) = key.text() else { continue };
        if mismatch.items().any(|(_, other)| other.is_text(text)) {
            judge.error(key, format!("`{text}` stands in both `matchLabelKeys` and `mismatchLabelKeys`"));
        }
    }
}
