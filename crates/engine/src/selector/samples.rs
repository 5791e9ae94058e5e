//! Selectors and rows for tests of rules that hold for all of them.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts that are selectors, with everything that the language has.
pub(crate) fn selectors() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-z*]{1,6}(/[a-z*.-]{1,6}){0,3}",
        "\"([a-zA-Z *äß/,()=]|\\\\[\"\\\\*]){0,12}\"",
        "'[a-z \"*]{0,8}'",
    ];
    let texts = proptest::collection::vec(text, 1..4).prop_map(|texts| texts.join(","));
    let term = prop_oneof![
        (
            "(path|group|name|description|topic|shared_with)",
            "(=|:|!=|~)",
            texts
        )
            .prop_map(|(field, op, value)| format!("{field}{op}{value}")),
        "(kind)(=|:|!=)(group|project)(,project)?",
        "(archived|fork|personal|top-level)(=|:|!=)(true|false|yes|NO)",
        "(id|stars|forks) ?(=|!=|<|<=|>|>=) ?[0-9]{1,5}",
        "(storage|repository_size)(<|>=)[0-9]{1,4}(kb|MB|gib|t)?",
        "(created|last_activity)(<|<=|>|>=)([0-9]{1,3}[hdwy]|20[0-9]{2}-0[1-9]-1[0-9]|today|2024-05-01T0[0-9]:10:00Z)",
        "visibility(=|!=|<|>=)(public|internal|private)",
        "my_role(=|!=|<|<=|>|>=)(none|guest|developer|40|owner)",
    ];
    term.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" ")),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" or ")),
            proptest::collection::vec(inner.clone(), 2..3).prop_map(|parts| parts.join(" AND ")),
            inner.clone().prop_map(|part| format!("({part})")),
            inner.clone().prop_map(|part| format!("not {part}")),
            inner.prop_map(|part| format!("-({part})")),
        ]
    })
}

/// Rows of GitLab's, small enough that selectors often fit.
pub(crate) fn projects() -> impl Strategy<Value = Value> {
    let day = || {
        (2023_u32..2027, 1_u32..13, 1_u32..29)
            .prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}T08:30:00.000Z"))
    };
    let place = ("[a-c]{1,2}(/[a-c]{1,2}){0,2}", "[a-c]{1,2}", any::<bool>());
    let facts = (
        "(private|internal|public)",
        any::<bool>(),
        any::<bool>(),
        0_u64..6,
        0_u64..6,
    );
    (
        place,
        facts,
        day(),
        day(),
        proptest::collection::vec("[a-c]{1}", 0..3),
        1_u64..9,
    )
        .prop_map(
            |(
                (group, path, personal),
                (visibility, archived, marked, stars, forks),
                created,
                active,
                topics,
                id,
            )| {
                json!({
                    "id": id,
                    "name": path,
                    "path_with_namespace": format!("{group}/{path}"),
                    "namespace": {"id": 7, "kind": if personal { "user" } else { "group" }},
                    "visibility": visibility,
                    "archived": archived,
                    "marked_for_deletion_on": marked.then_some("2026-11-01"),
                    "star_count": stars,
                    "forks_count": forks,
                    "created_at": created,
                    "last_activity_at": active,
                    "topics": topics,
                    "description": null,
                })
            },
        )
}

/// As [`projects`].
pub(crate) fn groups() -> impl Strategy<Value = Value> {
    let facts = ("(private|internal|public)", any::<bool>(), any::<bool>());
    ("[a-c]{1,2}(/[a-c]{1,2}){0,2}", facts, 1_u64..9).prop_map(
        |(path, (visibility, archived, marked), id)| {
            json!({
                "id": id,
                "name": path.rsplit('/').next(),
                "full_path": path,
                "parent_id": path.contains('/').then_some(7),
                "visibility": visibility,
                "archived": archived,
                "marked_for_deletion_on": marked.then_some("2026-11-01"),
                "created_at": "2025-06-01T00:00:00.000Z",
            })
        },
    )
}
