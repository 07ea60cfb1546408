//! Whether kate knows the fields that cannot be changed.

use std::collections::BTreeMap;
use std::path::Path;

use kate::config::Selector;
use kate::diagnostic::Severity;
use kate::pipeline::{Configuration, Request, check};
use kate::vfs::MemoryVfs;
use serde_json::{Value as Json, json};

use super::{BATCH, ask, general, quoted_out};

/// A change from one object to another.
pub(super) struct Update {
    pub(super) from: Json,
    pub(super) to: Json,
}

/// Draw changes until there are enough of an object that the API server takes before and after: what it
/// refuses whether or not something was there is another matter.
pub(super) fn draw(
    binary: &Path,
    count: usize,
    mut one: impl FnMut() -> Option<Update>,
) -> Result<Vec<Update>, String> {
    let mut updates = Vec::new();
    while updates.len() < count {
        let mut drawn: Vec<Update> = (0..BATCH).filter_map(|_| one()).collect();
        // A Job that goes away by itself is made anew, of which kate says nothing.
        for object in drawn.iter_mut().flat_map(|update| [&mut update.from, &mut update.to]) {
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("ttlSecondsAfterFinished");
            }
        }
        let [from, to] = [|update: &Update| update.from.clone(), |update: &Update| update.to.clone()]
            .map(|side| ask(binary, &drawn.iter().map(side).collect::<Vec<Json>>()));
        let (from, to) = (from?, to?);
        let fine = drawn.into_iter().zip(from.iter().zip(&to)).filter(|(update, (from, to))| {
            let name = |object: &Json| [object["metadata"]["name"].clone(), object["metadata"]["namespace"].clone()];
            let is_one = name(&update.from) == name(&update.to) && update.to["metadata"]["name"].is_string();
            // What is made anew is not compared.
            let annotations = update.from["metadata"]["annotations"].to_string();
            let is_made_anew = ["/hook\"", "Replace=true", "Force=true"].iter().any(|mark| annotations.contains(mark));
            is_one
                && !is_made_anew
                && [from, to].iter().all(|answer| is_clear(answer) && answer.get("errors").is_none())
        });
        updates.extend(fine.map(|(update, _)| update));
    }
    updates.truncate(count);
    Ok(updates)
}

fn is_clear(answer: &Json) -> bool {
    ["decode", "unserved", "strict"].iter().all(|key| answer.get(key).is_none())
}

/// Compare the verdicts on changes, and show where they differ.
pub(super) fn compare(binary: &Path, updates: &[Update], all: bool) -> Result<(), String> {
    let (mut taken, mut refused, mut not_asked) = (0, 0, 0);
    let mut missed: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut wrong: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for batch in updates.chunks(BATCH) {
        let questions: Vec<Json> = batch.iter().map(|update| json!({"from": update.from, "to": update.to})).collect();
        let answers = ask(binary, &questions)?;
        let found = kate(batch)?;
        for ((update, answer), messages) in batch.iter().zip(&answers).zip(&found) {
            if !is_clear(answer) {
                not_asked += 1;
                println!("not comparable: {}", answer["decode"]);
                continue;
            }
            let kind = update.to["kind"].as_str().unwrap_or_default();
            let errors = answer.get("errors").and_then(Json::as_array);
            let example = || format!("{} -> {}", update.from, update.to);
            match (errors, messages.first()) {
                (None, None) => taken += 1,
                (Some(_), Some(_)) => refused += 1,
                (Some(errors), None) => {
                    let text = |key: &str| errors[0].get(key).and_then(Json::as_str).unwrap_or_default();
                    let detail: String = text("detail").chars().rev().take(90).collect();
                    let detail: String = detail.chars().rev().collect();
                    let sort = format!("{kind} {}: …{detail}", general(text("field")));
                    missed.entry(sort).or_insert_with(|| (0, example())).0 += 1;
                }
                (None, Some(message)) => {
                    let message = message.split('`').nth(1).map_or_else(|| quoted_out(message), str::to_owned);
                    wrong.entry(format!("{kind} {message}")).or_insert_with(|| (0, example())).0 += 1;
                }
            }
        }
    }
    let count = |map: &BTreeMap<String, (usize, String)>| map.values().map(|(count, _)| count).sum::<usize>();
    println!(
        "{} updates: {taken} taken by both, {refused} refused by both, {} refused by the API server only, {} by kate only, {not_asked} not comparable",
        updates.len(),
        count(&missed),
        count(&wrong)
    );
    for (title, map) in [("API server only", &missed), ("kate only", &wrong)] {
        for (sort, (count, example)) in map {
            println!("{title} {count:5}  {sort}");
            if all {
                println!("    {example}");
            }
        }
    }
    Ok(())
}

/// What kate says to each change, each in a directory of its own.
fn kate(updates: &[Update]) -> Result<Vec<Vec<String>>, String> {
    let path = |index: usize| format!("o{index:06}/object.json");
    let tree = |of: fn(&Update) -> &Json| -> MemoryVfs {
        updates.iter().enumerate().map(|(index, update)| (path(index), of(update).to_string())).collect()
    };
    let (base, head) = (tree(|update| &update.from), tree(|update| &update.to));
    let mut request = Request::new(&head);
    request.base = Some(&base);
    request.configuration = Configuration::Isolated;
    request.select = vec![Selector::new("changed-immutable-field")];
    request.ignores = false;
    let outcome = check(&request).map_err(|error| error.to_string())?;
    let mut found: Vec<Vec<String>> = updates.iter().map(|_| Vec::new()).collect();
    for diagnostic in outcome.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
        let file = outcome.sources.get(diagnostic.primary_span().file).path.to_string();
        let index = file.strip_prefix('o').and_then(|name| name.split('/').next()?.parse::<usize>().ok());
        if let Some(list) = index.and_then(|index| found.get_mut(index)) {
            list.push(diagnostic.message.clone());
        }
    }
    Ok(found)
}
