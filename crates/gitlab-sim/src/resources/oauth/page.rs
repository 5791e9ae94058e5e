//! Small pages for people.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderName};

use crate::http::Reply;
use crate::http::reply::BodyKind;

/// A page that no other site may show in a frame, and no browser keeps.
pub(super) fn page(status: StatusCode, title: &str, content: &str) -> Reply {
    const POLICY: HeaderName = HeaderName::from_static("content-security-policy");
    let title = escaped(title);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title} · GitLab</title></head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    );
    Reply::raw(status, BodyKind::Html, text.into())
        .header(CACHE_CONTROL, "no-store")
        .header(
            POLICY,
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        )
}

/// Text as it may stand in a page, attributes included.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A field that people do not see.
pub(super) fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
        escaped(name),
        escaped(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_sent_becomes_markup() {
        let field = hidden("state", "\"><script>alert('x')</script>&");
        assert_eq!(field.matches('<').count(), 1);
        assert_eq!(field.matches('>').count(), 1);
        assert!(!field.contains("\"\""));
    }
}
