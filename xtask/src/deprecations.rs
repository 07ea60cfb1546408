//! `schemas/api-lifecycle.tsv` against what each version of Kubernetes really serves.

use std::collections::BTreeSet;

use kate::model::api_lifecycle::{Lifecycle, rows};
use kate::model::versions::{Project, Release};

use crate::schemas::{Presence, presence};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Say every row that differs and fail; without it, only count
    #[arg(long)]
    check: bool,
}

/// The minor versions of which the definitions are published in one package.
const MINORS: std::ops::RangeInclusive<u32> = 25..=37;

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let presence = presence(MINORS)?;
    let faults = faults(&presence);
    let built_in = rows().filter(|(_, life)| life.project == Project::Kubernetes).count();
    println!("{built_in} rows, {} APIs in Kubernetes 1.{} to 1.{}", presence.len(), MINORS.start(), MINORS.end());
    if arguments.check && !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    println!("{} differ", faults.len());
    Ok(())
}

fn faults(presence: &Presence) -> Vec<String> {
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for ((api_version, kind), life) in rows().filter(|(_, life)| life.project == Project::Kubernetes) {
        known.insert((api_version, kind));
        let minors = presence.get(&(api_version.to_owned(), kind.to_owned()));
        if let Err(why) = agrees(&life, minors) {
            faults.push(format!("{api_version} {kind}: {why}"));
        }
    }
    for ((api_version, kind), minors) in presence {
        let always = minors.iter().copied().eq(MINORS);
        if !always && !known.contains(&(api_version.as_str(), kind.as_str())) {
            faults.push(format!("{api_version} {kind}: no row, served by {minors:?}"));
        }
    }
    faults
}

fn agrees(life: &Lifecycle, minors: Option<&BTreeSet<u32>>) -> Result<(), String> {
    let release = |minor| Release { major: 1, minor, patch: None };
    let (oldest, newest) = (release(*MINORS.start()), release(*MINORS.end()));
    let Some((first, last)) = minors.and_then(|minors| Some((*minors.first()?, *minors.last()?))) else {
        return match life.removed {
            Some(removed) if removed <= oldest => Ok(()),
            _ => Err("served by no version".to_owned()),
        };
    };
    if minors.is_some_and(|minors| !minors.iter().copied().eq(first..=last)) {
        return Err(format!("served with gaps by {minors:?}"));
    }
    let introduced = match life.introduced {
        Some(introduced) if release(first) > oldest => introduced == release(first),
        Some(introduced) => introduced <= oldest,
        None => release(first) == oldest,
    };
    let removed = if release(last) < newest { Some(release(last + 1)) } else { None };
    if !introduced {
        return Err(format!("served since 1.{first}, the row says {:?}", life.introduced));
    }
    if life.removed != removed {
        return Err(format!("served until 1.{last}, the row says removed in {:?}", life.removed));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_wrong_is_seen() {
        let served = |api_version: &str, kind: &str, minors: std::ops::RangeInclusive<u32>| {
            ((api_version.to_owned(), kind.to_owned()), minors.collect::<BTreeSet<u32>>())
        };
        let presence = Presence::from([
            served("autoscaling/v2beta2", "HorizontalPodAutoscaler", 25..=27),
            served("example.com/v1", "New", 30..=37),
        ]);
        let faults = faults(&presence);
        let has = |start: &str| faults.iter().any(|fault| fault.starts_with(start));
        assert!(has("autoscaling/v2beta2 HorizontalPodAutoscaler: served until 1.27"), "{faults:?}");
        assert!(has("example.com/v1 New: no row"), "{faults:?}");
        assert!(has("flowcontrol.apiserver.k8s.io/v1 FlowSchema: served by no version"), "{faults:?}");
        assert!(!has("batch/v1beta1"), "{faults:?}");
    }
}
