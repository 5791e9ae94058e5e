use async_graphql_parser::parse_query;
use async_graphql_parser::types::OperationType;
use serde_json::Value;

use crate::choose;

/// Questions of GraphQL: whatever is said to change nothing changes nothing, whoever reads it, and what plainly asks is not
/// taken for a change.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    match choice % 2 {
        0 => body(bytes),
        _ => {
            if let Ok(document) = std::str::from_utf8(bytes) {
                body(serde_json::json!({ "query": document }).to_string().as_bytes());
            }
        }
    }
}

fn body(bytes: &[u8]) {
    if server::fuzzing::graphql_may_write(bytes) {
        return assert!(
            !is_plain_question(bytes),
            "{:?} only asks",
            String::from_utf8_lossy(bytes)
        );
    }
    let said: Value = serde_json::from_slice(bytes).expect("what changes nothing was read");
    let questions = match &said {
        Value::Array(questions) => questions.as_slice(),
        one => std::slice::from_ref(one),
    };
    for question in questions {
        let fields = question.as_object().expect("a question is an object");
        for name in fields.keys() {
            let known = ["query", "variables", "operationName", "extensions"];
            assert!(
                known.contains(&name.as_str()),
                "{name} may ask for something else"
            );
        }
        let document = fields["query"].as_str().expect("a document is text");
        assert!(!parsed_writes(document), "{document:?} changes something");
        for reader in [Reader::RUBY, Reader::C] {
            assert!(
                !reader.declares_write(document),
                "{document:?} changes something in {reader:?}"
            );
        }
    }
}

/// A question without anything that readers may differ about, and without the words themselves.
fn is_plain_question(bytes: &[u8]) -> bool {
    let document = serde_json::from_slice::<Value>(bytes)
        .ok()
        .and_then(|said| Some(said.as_object()?.get("query")?.as_str()?.to_owned()));
    document.is_some_and(|document| {
        serde_json::json!({ "query": document }).to_string().as_bytes() == bytes
            && !document.contains(['"', '#', '\r'])
            && !WRITES.iter().any(|word| document.contains(word))
            && parse_query(&document).is_ok()
    })
}

const WRITES: [&str; 2] = ["mutation", "subscription"];

/// As another implementation of the specification reads it. That one finds `mutation a` in `mutationa`, which is a name.
fn parsed_writes(document: &str) -> bool {
    let is_part_of_a_name = |word: &&str| {
        document.match_indices(*word).any(|(place, _)| {
            let behind = document[place + word.len()..].bytes().next();
            behind.is_some_and(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        })
    };
    let parsed = parse_query(document).ok();
    let parsed = parsed.filter(|_| !WRITES.iter().any(is_part_of_a_name));
    parsed.is_some_and(|parsed| {
        let mut operations = parsed.operations.iter();
        operations.any(|(_, operation)| operation.node.ty != OperationType::Query)
    })
}

/// A lexer like one of graphql-ruby's two, with which GitLab runs, where they leave the specification.
#[derive(Clone, Copy, Debug)]
struct Reader {
    /// Whether a carriage return ends a comment.
    returns_end_comments: bool,
    /// Whether two quotes before the closing three belong to a block string in one go, and a quote takes what follows it
    /// along, a backslash as well.
    longest: bool,
}

impl Reader {
    const RUBY: Self = Self {
        returns_end_comments: false,
        longest: false,
    };
    const C: Self = Self {
        returns_end_comments: true,
        longest: true,
    };

    /// Whether `mutation` or `subscription` stands outside of all brackets.
    fn declares_write(self, document: &str) -> bool {
        let text = document.as_bytes();
        let (mut at, mut depth) = (0, 0_u32);
        while let Some(byte) = text.get(at) {
            match byte {
                b'#' => at = self.after_comment(text, at),
                b'"' => match self.after_string(text, at) {
                    Some(end) => at = end,
                    // Not GraphQL.
                    None => return false,
                },
                b'{' | b'(' | b'[' => (at, depth) = (at + 1, depth + 1),
                b'}' | b')' | b']' => (at, depth) = (at + 1, depth.saturating_sub(1)),
                // What a number ends with is no part of the name behind it.
                b'0'..=b'9' => at = after(text, at, |byte| byte.is_ascii_digit()),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let end = after(text, at, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                    if depth == 0 && matches!(&text[at..end], b"mutation" | b"subscription") {
                        return true;
                    }
                    at = end;
                }
                _ => at += 1,
            }
        }
        false
    }

    fn after_comment(self, text: &[u8], at: usize) -> usize {
        after(text, at, |byte| {
            byte != b'\n' && !(self.returns_end_comments && byte == b'\r')
        })
    }

    fn after_string(self, text: &[u8], at: usize) -> Option<usize> {
        if text[at..].starts_with(b"\"\"\"") {
            return if self.longest {
                longest_block(text, at)
            } else {
                greedy_block(text, at)
            };
        }
        let mut at = at + 1;
        loop {
            match text.get(at)? {
                b'"' => return Some(at + 1),
                b'\n' | b'\r' => return None,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }
}

fn after(text: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let length = text[at..].iter().position(|byte| !belongs(*byte));
    length.map_or(text.len(), |length| at + length)
}

fn quotes(text: &[u8], at: usize) -> usize {
    after(text, at, |byte| byte == b'"') - at
}

/// Ruby's regular expression: `\` with at most three quotes that no other follows, one or two quotes that no other
/// follows, anything else, and at the end three quotes or five.
fn greedy_block(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 3;
    loop {
        match text.get(at)? {
            b'\\' if quotes(text, at + 1) <= 3 => at += 1 + quotes(text, at + 1),
            b'"' => match quotes(text, at) {
                count @ (1 | 2) => at += count,
                3 | 4 => return Some(at + 3),
                _ => return Some(at + 5),
            },
            _ => at += 1,
        }
    }
}

/// The state machine in C: of all ends that are possible, the last.
fn longest_block(text: &[u8], at: usize) -> Option<usize> {
    let from = at + 3;
    let mut reached = vec![false; text.len() + 1];
    reached[from] = true;
    let mut end = None;
    for at in from..text.len() {
        if !reached[at] {
            continue;
        }
        let rest = &text[at..];
        if rest.starts_with(b"\\\"\"\"") {
            reached[at + 4] = true;
        }
        if rest[0] != b'"' {
            reached[at + 1] = true;
            continue;
        }
        for count in 1..=2 {
            let is_followed = rest.len() > count && rest[..count].iter().all(|byte| *byte == b'"');
            if is_followed && rest[count] != b'"' {
                reached[at + count + 1] = true;
            }
        }
        let closing = quotes(text, at).min(5);
        if closing >= 3 {
            end = end.max(Some(at + closing));
        }
    }
    end
}
