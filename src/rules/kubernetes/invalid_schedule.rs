//! When a CronJob runs.

use super::cron;
use super::judge::{Judge, declare_judge};
use crate::text::near_miss;
use crate::value::Known;

declare_judge! {
    InvalidSchedule = "invalid-schedule" {
        summary: "schedule or time zone that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("batch", "CronJob") {
        return;
    }
    let schedule = judge.spec().get("schedule");
    match schedule.text() {
        // 1.28 still took it.
        Known::Value(text) if text.contains("TZ") && judge.before(29).is_some() => {}
        Known::Value(text) if text.contains("TZ") => {
            judge.error(schedule, "the schedule names a time zone").help("use `spec.timeZone` instead");
        }
        Known::Value(text) => match cron::Schedule::parse(text) {
            Ok(parsed) if !parsed.ever_runs() => {
                judge
                    .warning(schedule, format!("`{text}` never comes"))
                    .note("no month that it names has such a day: the CronJob never runs");
            }
            Ok(_) => {}
            Err(why) => {
                judge.error(schedule, format!("`{text}` is no valid schedule")).primary(why).help(
                    "five fields: minute, hour, day of the month, month, day of the week; or `@daily` and the like",
                );
            }
        },
        Known::Absent if schedule.is_present() => {
            judge.error(schedule, "the schedule is empty");
        }
        _ => {}
    }
    let zone = judge.spec().get("timeZone");
    let Known::Value(text) = zone.text() else {
        if zone.raw_text() == Known::Value("") {
            judge.error(zone, "the time zone is empty").help("leave it out for the zone of the control plane");
        }
        return;
    };
    if zones().any(|zone| zone == text) {
        return;
    }
    let message = format!("`{text}` is no time zone");
    if text.eq_ignore_ascii_case("local") {
        judge.error(zone, message).help("name a zone of the IANA database, such as `Europe/Berlin` or `Etc/UTC`");
    } else if let Some(same) = zones().find(|zone| zone.eq_ignore_ascii_case(text)).or_else(|| near_miss(text, zones()))
    {
        judge.error(zone, message).help(format!("did you mean `{same}`?"));
    } else if !text.split('/').all(is_part) {
        judge.error(zone, message).help("name a zone of the IANA database, such as `Europe/Berlin` or `Etc/UTC`");
    } else {
        // The database grows.
        judge
            .warning(zone, message)
            .note("the API server refuses zones that its database does not have")
            .help("name a zone of the IANA database, such as `Europe/Berlin` or `Etc/UTC`");
    }
}

/// The names of the IANA time zone database.
fn zones() -> impl Iterator<Item = &'static str> {
    include_str!("time_zones.txt").lines().filter(|line| !line.starts_with('#'))
}

fn is_part(part: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    (1..=14).contains(&part.len()) && !part.starts_with('-') && part != "." && part != ".." && part.bytes().all(inside)
}
