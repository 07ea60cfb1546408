//! What ConfigMaps and Secrets hold.

use data_encoding::BASE64;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidConfigData = "invalid-config-data" {
        summary: "data of a ConfigMap or Secret that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// Most bytes that all values may have together.
const MOST: usize = 1 << 20;

fn check(judge: &mut Judge<'_>) {
    let root = judge.root();
    // What an operator decrypts or fills in is not here yet.
    if root.get("sops").is_present() {
        return;
    }
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("", "ConfigMap") => {
            let (data, binary) = (root.get("data"), root.get("binaryData"));
            keys(judge, data, binary);
            for entry in binary.entries() {
                let field = Field::of_entry(entry);
                if let Some(other) = data.value().and_then(|data| data.as_map()?.entry(&entry.key)) {
                    judge
                        .error(
                            field.moved(entry.key_origin.span()),
                            format!("`{}` is in both `data` and `binaryData`", entry.key),
                        )
                        .label(other.key_origin.span(), "the other one");
                }
                encoding(judge, field, &entry.key);
            }
        }
        ("", "Secret") => {
            let (data, plain) = (root.get("data"), root.get("stringData"));
            keys(judge, plain, data);
            for entry in data.entries() {
                encoding(judge, Field::of_entry(entry), &entry.key);
            }
            kind(judge, root.get("type"), [data, plain]);
        }
        _ => {}
    }
}

fn keys<'a>(judge: &mut Judge<'a>, plain: Field<'a>, encoded: Field<'a>) {
    let bytes = |map: Field<'a>| map.entries().map(|entry| entry.value.as_str().map_or(0, str::len)).sum::<usize>();
    // Base64 takes four characters for three bytes.
    if bytes(plain) + bytes(encoded) / 4 * 3 > MOST + 2 * encoded.entries().count() {
        let map = if plain.is_present() { plain } else { encoded };
        judge.error(map, format!("it holds more than {MOST} bytes")).help("keep large data in a volume, or split it");
    }
    for entry in plain.entries().chain(encoded.entries()).filter(|entry| !has_placeholder(&entry.key)) {
        if let Err(why) = names::data_key(&entry.key) {
            let at = entry.key_origin.span();
            judge.error(Field::of_entry(entry).moved(at), format!("`{}` is no valid key", entry.key)).primary(why);
        }
    }
}

/// Whether a value of `data` is base64 of something.
fn encoding<'a>(judge: &mut Judge<'a>, field: Field<'a>, key: &str) {
    // Templates and placeholders may become base64.
    let Known::Value(text) = field.text() else { return };
    let marks = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\r' | '\n');
    // `<name>` and the like, and tools' paths, are replaced before anybody decodes them.
    if text.contains(['<', '>', '{', '$']) {
        return;
    }
    if !text.chars().all(marks) || !decodes(text) {
        judge
            .error(field, format!("the value of `{key}` is not base64"))
            .primary("it cannot be decoded")
            .help("encode it, or write it in plain under `stringData` (of a Secret) or `data` (of a ConfigMap)");
    }
}

/// Whether Go's decoder takes a text: line breaks are skipped, padding is required.
fn decodes(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let inner = &text[..text.len() - padding];
    text.len().is_multiple_of(4) && padding <= 2 && !inner.contains(&b'=')
}

/// The keys that a type of Secret needs.
fn kind<'a>(judge: &mut Judge<'a>, kind: Field<'a>, data: [Field<'a>; 2]) {
    let Known::Value(name) = kind.text() else { return };
    let is_closed = data.iter().all(|map| map.is_complete());
    let has = |key: &str| {
        data.iter().any(|map| !map.get(key).is_absent() || map.value().is_some_and(|value| value.get(key).is_some()))
    };
    let wanted: &[&str] = match name {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/basic-auth" if is_closed && !has("username") && !has("password") => {
            judge.error(kind, format!("a Secret of type `{name}` needs `username` or `password`"));
            return;
        }
        "kubernetes.io/service-account-token" => {
            let account = judge.root().at(&["metadata", "annotations"]).get("kubernetes.io/service-account.name");
            if matches!(account.raw_text(), Known::Absent | Known::Value("")) {
                judge
                    .error(kind, format!("a Secret of type `{name}` does not say of which account"))
                    .help("name it in the annotation `kubernetes.io/service-account.name`");
            }
            return;
        }
        _ => return,
    };
    for key in wanted.iter().filter(|key| is_closed && !has(key)) {
        judge.error(kind, format!("a Secret of type `{name}` needs the key `{key}`"));
    }
    // Of the others, the API server looks only whether the keys are there.
    if let [key @ "ssh-privatekey"] = wanted
        && let Some(empty) = data.map(|map| map.get(key)).into_iter().find(|field| field.raw_text() == Known::Value(""))
    {
        judge.error(empty, format!("a Secret of type `{name}` needs a value of `{key}`"));
    }
    if matches!(name, "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg") {
        let [encoded, plain] = data.map(|map| map.get(wanted[0]));
        let decoded = encoded.text().value().and_then(|text| BASE64.decode(text.trim().as_bytes()).ok());
        let written = plain.text().value().map(|text| text.as_bytes().to_vec());
        for (field, bytes) in [(encoded, decoded), (plain, written)] {
            let bytes = bytes.or((field.raw_text() == Known::Value("")).then(Vec::new));
            let Some(bytes) = bytes.filter(|bytes| !bytes.iter().any(|byte| matches!(byte, b'<' | b'$'))) else {
                continue;
            };
            if !matches!(serde_json::from_slice(&bytes), Ok(serde_json::Value::Object(_))) {
                judge.error(field, format!("the value of `{}` is no JSON object", wanted[0]));
            }
        }
    }
}
