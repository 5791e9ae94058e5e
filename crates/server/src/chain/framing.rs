use http::Request;
use http::header::{HOST, TRANSFER_ENCODING};

/// A request that two servers in a row could read as two different ones. What hyper refuses by itself (lengths that
/// contradict each other, unknown transfer encodings at the end, folded lines) never comes here, and of a length beside
/// chunks it leaves the chunks only (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ambiguous {
    /// A transfer encoding other than chunked: nobody undoes it, and the next server would not know of it.
    Encoding,
    /// Several hosts (RFC 9112 §3.2).
    Host,
}

impl Ambiguous {
    pub(super) const fn explained(self) -> &'static str {
        match self {
            Self::Encoding => "the only transfer encoding that is taken is chunked",
            Self::Host => "a request has one Host",
        }
    }
}

/// Says what is ambiguous about where a request ends or whom it is for.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Ambiguous> {
    let headers = request.headers();
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(encoding) = encodings.next()
        && (encodings.next().is_some() || !encoding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(Ambiguous::Encoding);
    }
    if headers.get_all(HOST).iter().take(2).count() > 1 {
        return Err(Ambiguous::Host);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(headers: &[(&str, &str)]) -> Result<(), Ambiguous> {
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap())
    }

    #[test]
    fn what_the_next_server_could_read_otherwise_is_refused() {
        let host = ("host", "bulk.test");
        assert_eq!(checked(&[host, ("content-length", "3")]), Ok(()));
        assert_eq!(checked(&[host, ("transfer-encoding", "Chunked")]), Ok(()));
        for (headers, why) in [
            (
                &[host, ("transfer-encoding", "gzip, chunked")][..],
                Ambiguous::Encoding,
            ),
            (
                &[
                    host,
                    ("transfer-encoding", "identity"),
                    ("transfer-encoding", "chunked"),
                ],
                Ambiguous::Encoding,
            ),
            (&[host, host], Ambiguous::Host),
        ] {
            assert_eq!(checked(headers), Err(why), "{headers:?}");
        }
    }
}
