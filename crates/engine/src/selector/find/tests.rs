use std::collections::BTreeMap;

use domain::AccessLevel;
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

use super::places::Place;
use super::*;
use crate::selector::check::Standing;
use crate::selector::samples;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn narrowed(text: &str, kind: ObjectKind) -> Option<Narrowed> {
    Narrowed::of(Selector::parse(text).unwrap().expression(), kind, now())
}

/// Where projects are looked for, and with which parameters.
fn asked(text: &str) -> String {
    let Some(narrowed) = narrowed(text, ObjectKind::Project) else {
        return format!("{text}\n    nothing\n");
    };
    let places = match &narrowed.places {
        None => "everywhere".to_owned(),
        Some(places) => places
            .iter()
            .map(|place| match place {
                Place::Below(holder) => format!("below {}", holder.path),
                Place::In(holder) => format!("in {}", holder.path),
                Place::Path(path) | Place::Itself(path) => format!("at {path}"),
                Place::Id(id) => format!("number {id}"),
            })
            .collect::<Vec<_>>()
            .join(", "),
    };
    let parameters: Vec<String> = narrowed
        .conditions
        .parameters(ObjectKind::Project, narrowed.places.is_none())
        .into_iter()
        .map(|(name, value)| format!(" {name}={value}"))
        .collect();
    let parameters = parameters.concat();
    format!("{text}\n    {places}:{parameters}\n")
}

#[test]
fn what_gitlab_can_leave_out_it_is_asked_to_leave_out() {
    let selectors = [
        "group:platform/** visibility=public archived=false topic:legacy my_role>=maintainer",
        "group:a or group:a/b/** or group:a/b/c/** or path:a/b/d",
        "group:a/** (visibility=public or visibility=internal)",
        "(group:a/** visibility=public) or (group:b visibility=public archived=true)",
        "path:acme/web",
        "path:acme/web-*",
        "path:acme/*/web",
        "path:*/web",
        "path:acme/web,acme/api stars>1",
        "group:a/** path:a/b/c/*",
        "id=3,5 or id=7",
        "id>100 id<=200 topic:a topic:b",
        "last_activity<2026-01-01 last_activity>=2025-01-01",
        "not last_activity>=90d",
        "-visibility!=public -archived=false",
        "archived=false",
        "archived=false -pending_deletion=true",
        "my_role>developer",
        "my_role=developer,owner or my_role>=maintainer",
        "-my_role<maintainer",
        "my_role!=none",
        "topic:legacy or stars>5",
        "topic:leg*",
        "not (group:a/** or visibility=public)",
        "kind:group",
        "kind:group or topic:legacy",
        "top_level=true",
        "-top_level=true",
    ];
    let asked: String = selectors.into_iter().map(asked).collect();
    assert_snapshot!(asked);
}

#[test]
fn many_single_objects_are_found_in_lists() {
    let paths: Vec<String> = (0..101).map(|number| format!("acme/p{number}")).collect();
    assert_eq!(
        asked(&format!("path={}", paths.join(","))).lines().last(),
        Some("    in acme:")
    );
    let ids: Vec<String> = (1..102).map(|number| number.to_string()).collect();
    assert_eq!(
        asked(&format!("id={}", ids.join(","))).lines().last(),
        Some("    everywhere:")
    );
}

/// The caller has this level, if any, in the object at hand.
struct Level(Option<AccessLevel>);

impl Standing for Level {
    fn at_least(&self, _: u64, level: AccessLevel) -> Truth {
        Truth::from(self.0 >= Some(level))
    }
}

/// What GitLab would do with the row: whether it is in one of the places and passes the parameters.
fn comes(narrowed: &Narrowed, kind: ObjectKind, body: &Value, level: Option<AccessLevel>) -> bool {
    let path = ["full_path", "path_with_namespace"]
        .iter()
        .find_map(|key| body[key].as_str())
        .unwrap();
    let is_in = |place: &Place| match place {
        Place::Below(holder) => path.starts_with(&format!("{}/", holder.path)),
        Place::In(holder) => {
            holder.path == "7"
                || path
                    .rsplit_once('/')
                    .is_some_and(|(above, _)| above == holder.path)
        }
        Place::Path(other) | Place::Itself(other) => path == other,
        Place::Id(id) => body["id"] == *id,
    };
    let parameters: BTreeMap<_, _> = narrowed
        .conditions
        .parameters(kind, narrowed.places.is_none())
        .into_iter()
        .collect();
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let passes = parameters.iter().all(|(name, value)| match *name {
        "visibility" => text("visibility") == value,
        "archived" => {
            let marked = kind == ObjectKind::Project && body["marked_for_deletion_on"].is_string();
            (body["archived"] == true || marked).to_string() == *value
        }
        "min_access_level" => level.is_some_and(|level| level.number() >= value.parse().unwrap()),
        "last_activity_after" => text("last_activity_at") > value.as_str(),
        "last_activity_before" => text("last_activity_at") < value.as_str(),
        "id_after" => body["id"].as_u64().unwrap() > value.parse().unwrap(),
        "id_before" => body["id"].as_u64().unwrap() < value.parse().unwrap(),
        "topic" => value
            .split(',')
            .all(|topic| body["topics"].as_array().unwrap().iter().any(|one| one == topic)),
        "top_level_only" => body["parent_id"].is_null(),
        other => panic!("GitLab knows no {other}"),
    });
    narrowed
        .places
        .as_ref()
        .is_none_or(|places| places.iter().any(is_in))
        && passes
}

fn levels() -> impl Strategy<Value = Option<AccessLevel>> {
    proptest::option::of(proptest::sample::select(&AccessLevel::ALL[1..]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn everything_that_is_selected_comes_from_gitlab(
        text in samples::selectors(),
        project in samples::projects(),
        group in samples::groups(),
        level in levels(),
    ) {
        let selector = Selector::parse(&text).unwrap();
        let check = Check::of(selector.expression(), now()).unwrap();
        for (kind, body) in [(ObjectKind::Project, project), (ObjectKind::Group, group)] {
            let row: Row = serde_json::from_value(body.clone()).unwrap();
            if check.holds(&row, kind, &Level(level)) == Truth::Yes {
                let narrowed = Narrowed::of(selector.expression(), kind, now());
                prop_assert!(
                    narrowed.as_ref().is_some_and(|narrowed| comes(narrowed, kind, &body, level)),
                    "{} is selected by {} but not asked for: {:?}", body, text, narrowed
                );
            }
        }
    }
}
