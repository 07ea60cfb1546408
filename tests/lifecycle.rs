//! The table of API lifecycles against the bundled schemas: both say which version of Kubernetes
//! serves which API, and were made from different sources.

use kate::model::api_lifecycle::lifecycle;
use kate::model::versions::Release;
use kate::schema::bundle::{self, Source};

#[test]
fn the_bundle_serves_what_the_table_says() {
    let mut faults = Vec::new();
    for kind in bundle::kinds().iter().filter(|kind| kind.source() == Source::BuiltIn) {
        let api_version =
            if kind.group.is_empty() { kind.version.to_owned() } else { format!("{}/{}", kind.group, kind.version) };
        let life = lifecycle(&api_version, kind.kind);
        let served: Vec<u32> = kind.served().collect();
        for minor in bundle::versions() {
            let release = Release { major: 1, minor, patch: None };
            let expected = life.is_none_or(|life| {
                life.introduced.is_none_or(|since| release >= since) && life.removed.is_none_or(|gone| release < gone)
            });
            if expected != served.contains(&minor) {
                faults.push(format!("{api_version} {} in 1.{minor}: the table says {expected}", kind.kind));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
