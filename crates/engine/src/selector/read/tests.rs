use std::fmt::Write;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::selector::samples::selectors;

fn meant(texts: &[&str]) -> String {
    let line = |text: &&str| match read(text) {
        Ok(expression) => format!("{text}\n    {expression}"),
        Err(mistakes) => panic!("{text}: {mistakes}"),
    };
    texts.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// As the command line shows it.
fn wrong(texts: &[&str]) -> String {
    let mut out = String::new();
    for text in texts {
        let mistakes = read(text).unwrap_err();
        out.push_str(text);
        out.push('\n');
        for mistake in mistakes.0 {
            let (skip, width) = (mistake.position - 1, mistake.length.max(1));
            let indent = " ".repeat(skip);
            write!(out, "{indent}{} {}", "^".repeat(width), mistake.message).unwrap();
            if let Some(allowed) = mistake.allowed {
                write!(out, "\n{indent}  allowed: {allowed}").unwrap();
            }
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

#[test]
fn what_is_written_in_several_ways_means_one_thing() {
    assert_snapshot!(meant(&[
        "group:platform/** visibility=public archived=false last_activity<2024-01-01 topic:legacy my_role>=maintainer",
        "  visibility = public , internal   and archived:no ",
        "-topic:keep NOT fork=yes",
        "visibility=public or visibility=internal archived=true",
        "(visibility=public or visibility=internal) archived=true",
        "((kind:project)) (stars>1 (forks>1 id>4)) (stars=2 or (stars=3 or stars=4))",
        "not (kind:group or kind:project) -(-fork=true)",
        "name=\"Old \\\"things\\\" 100\\*\" name~'a b*c' description=\"\"",
        "last-activity<90d created>=2026-01-01T09:00:00+01:00 created=today",
        "storage>=2048mb repo_size>1500",
        "my_role=Owner,30,none Role!=guest",
        "path=acme/web,ACME/Api,acme/***/x/**/**/y",
        "path_with_namespace:a/b star_count=1 topics!=a,b default_branch:release/1.0",
        "name=or name=not name:and",
        "name=grün path=a:b",
    ]));
}

#[test]
fn a_mistake_says_where_it_is_and_what_may_stand_there() {
    assert_snapshot!(wrong(&[
        "",
        "   ",
        "visibility=public or",
        "or visibility=public",
        "visibility=public and and archived=true",
        "visibility=public not",
        "(visibility=public",
        "visibility=public)",
        "()",
        "visibility",
        "acme/web visibility=public",
        "visibility=",
        "visibility=public,",
        "visibility==public",
        "visibility=public | archived=true",
        "visibility=public && archived=true",
        "!archived=true",
        "name=\"acme",
        "name='it\\",
        "archived~true",
        "name>5",
        "stars>1,2",
        "last_activity=90d",
        "forks=-1",
        "id=12*",
        "my_role>=minimal_access",
        "größe=3 name=ä sichtbarkeit=public",
        "description=a=b",
    ]));
}

#[test]
fn every_term_that_makes_no_sense_is_told_at_once() {
    assert_snapshot!(wrong(&[
        "visibilty=open archived=maybe last_activity<soon storage>lots my_role>=boss colour:red",
    ]));
}

#[test]
fn marks_stand_under_everything_that_is_wrong() {
    let text = "visibilty=open stars>1 colour:red stars>";
    assert_eq!(
        format!("{text}\n{}", read(&text[..33]).unwrap_err().marks()),
        "visibilty=open stars>1 colour:red stars>\n^^^^^^^^^              ^^^^^^"
    );
    assert_eq!(read(text).unwrap_err().marks(), format!("{}^", " ".repeat(40)));
}

#[test]
fn length_and_depth_have_limits() {
    let long = format!("name={}", "x".repeat(MOST_CHARACTERS));
    assert_eq!(
        read(&long).unwrap_err().to_string(),
        "at character 8000: a selector has at most 8000 characters, this one has 8005"
    );
    let nested = |depth: usize| format!("{}stars>1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(read(&nested(32)).is_ok());
    assert_eq!(
        read(&nested(33)).unwrap_err().to_string(),
        "at character 33: at most 32 parentheses and negations within each other"
    );
    assert!(read(&"(".repeat(MOST_CHARACTERS)).is_err());
    assert!(read(&"-".repeat(MOST_CHARACTERS)).is_err());
    let many = "stars>1 ".repeat(MOST_CHARACTERS / 8);
    assert!(read(&many).is_ok());
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(text in selectors()) {
        let meant = read(&text).unwrap();
        let printed = meant.to_string();
        prop_assert_eq!(read(&printed), Ok(meant), "{}", printed);
    }

    #[test]
    fn no_text_makes_it_panic_and_every_mistake_lies_in_the_text(text in ".{0,60}") {
        if let Err(mistakes) = read(&text) {
            prop_assert!(!mistakes.0.is_empty());
            for mistake in mistakes.0 {
                prop_assert!(mistake.position + mistake.length <= text.chars().count() + 1, "{mistake:?}");
            }
        }
    }

    #[test]
    fn no_heap_of_signs_makes_it_panic(
        text in "([a-z]{1,3}|stars|name|or|and|not|-|\\(|\\)|=|:|!|~|<|>|,|\"|'|\\*|/|1|é| |\\\\){0,40}",
    ) {
        if let Ok(meant) = read(&text) {
            prop_assert_eq!(read(&meant.to_string()), Ok(meant));
        }
    }
}
