use super::{Param, Params};

/// Adds what a query or a form says. `a[]=1&a[]=2` is a list, `h[k]=v` a map, at any depth.
pub(crate) fn add_form(params: &mut Params, text: &[u8]) {
    for (name, value) in form_urlencoded::parse(text) {
        add_pair(params, &name, Param::Text(value.into_owned()));
    }
}

/// Adds one value under a name with or without brackets.
pub(super) fn add_pair(params: &mut Params, name: &str, value: Param) {
    match name.split_once('[') {
        Some((outer, inner)) if !outer.is_empty() && name.ends_with(']') => {
            let slot = params.entry(outer, || Param::Null);
            let keys: Vec<&str> = inner[..inner.len() - 1].split("][").collect();
            put(slot, &keys, value);
        }
        _ => params.set(name.to_owned(), value),
    }
}

fn put(slot: &mut Param, keys: &[&str], value: Param) {
    let Some((key, deeper)) = keys.split_first() else {
        *slot = value;
        return;
    };
    if key.is_empty() {
        if !matches!(slot, Param::List(_)) {
            *slot = Param::List(Vec::new());
        }
        let Param::List(items) = slot else { return };
        // `a[][x]=1&a[][y]=2` fills one map until a key comes again.
        let fills_last = deeper
            .first()
            .is_some_and(|inner| matches!(items.last(), Some(Param::Map(map)) if map.get(inner).is_none()));
        if !fills_last {
            items.push(Param::Null);
        }
        if let Some(last) = items.last_mut() {
            put(last, deeper, value);
        }
    } else {
        if !matches!(slot, Param::Map(_)) {
            *slot = Param::Map(Params::default());
        }
        if let Param::Map(map) = slot {
            put(map.entry(key, || Param::Null), deeper, value);
        }
    }
}

/// Adds what a JSON body says. An empty body says nothing.
///
/// # Errors
/// The body is not a JSON object.
pub(crate) fn add_json(params: &mut Params, body: &[u8]) -> Result<(), serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    params.extend(serde_json::from_slice(body)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> Params {
        let mut params = Params::default();
        add_form(&mut params, text.as_bytes());
        params
    }

    fn json(text: &str) -> Params {
        let mut params = Params::default();
        add_json(&mut params, text.as_bytes()).unwrap();
        params
    }

    #[test]
    fn nested_keys_of_a_form_say_the_same_as_json() {
        assert_eq!(form("topics[]=a&topics[]=b"), json(r#"{"topics":["a","b"]}"#));
        assert_eq!(
            form("d[allow]=x&d[push][][level]=30"),
            json(r#"{"d":{"allow":"x","push":[{"level":"30"}]}}"#)
        );
        assert_eq!(
            form("p[][level]=30&p[][user]=1&p[][level]=40"),
            json(r#"{"p":[{"level":"30","user":"1"},{"level":"40"}]}"#)
        );
    }

    #[test]
    fn the_last_of_two_equal_names_wins() {
        assert_eq!(form("a=1&a=2").get("a"), Some(&Param::Text("2".to_owned())));
        assert_eq!(json(r#"{"a":1,"a":2}"#).get("a"), Some(&Param::Integer(2)));
    }

    #[test]
    fn an_empty_body_says_nothing_and_a_list_is_refused() {
        assert_eq!(json("  \n"), Params::default());
        assert!(add_json(&mut Params::default(), b"[1]").is_err());
        assert!(add_json(&mut Params::default(), b"{").is_err());
    }

    proptest! {
        #[test]
        fn no_form_makes_it_panic(text in "[a-z\\[\\]=&%0-9]{0,40}") {
            let _ = form(&text);
        }
    }
}
