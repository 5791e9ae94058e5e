use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use server::TrustedProxies;
use url::Url;

use crate::reader::Reader;
use crate::variable::Variable;

pub(crate) const APP_ENV: Variable = Variable::new("APP_ENV", "development")
    .allowed("development, production or test")
    .means(
        "`production` turns on secure cookies and HSTS, hides internal error texts and demands `SESSION_SECRET`. \
         `NODE_ENV` is read where `APP_ENV` is not set.",
    );
const NODE_ENV: Variable = Variable::new("NODE_ENV", "")
    .without("the value of `APP_ENV`")
    .allowed(APP_ENV.allowed)
    .means("Read where `APP_ENV` is not set.");
const HOST: Variable = Variable::new("HOST", "127.0.0.1")
    .allowed("an IP address, or localhost")
    .means("The address that `serve` listens on.");
const PORT: Variable = Variable::new("PORT", "4000")
    .allowed("0 to 65535; 0 picks a free port")
    .means("The port that `serve` listens on.");
const PUBLIC_URL: Variable = Variable::new("PUBLIC_URL", "")
    .without("from `HOST` and `PORT`")
    .allowed("an http or https address without query, fragment or password")
    .means("How browsers reach the server: for origin checks and links. In production `https`, or there is a warning at every start.");
const FRONTEND_URL: Variable = Variable::new("FRONTEND_URL", "")
    .allowed("origins like https://console.example.com, separated by commas")
    .means("Further origins for CORS and Socket.IO; the console itself is same-origin.");
const ALLOWED_ORIGINS: Variable = Variable::new("ALLOWED_ORIGINS", "")
    .allowed(FRONTEND_URL.allowed)
    .means("As `FRONTEND_URL`; both together count.");
const TRUST_PROXY: Variable = Variable::new("TRUST_PROXY", "false")
    .allowed("false, true (one hop), a number of hops, or networks like 10.0.0.0/8, separated by commas")
    .means("Which proxies in front of the server are believed when they send `X-Forwarded-*`.");
const GATEWAY_LISTEN: Variable = Variable::new("GATEWAY_LISTEN", "")
    .allowed("an IP address and a port, like 127.0.0.1:4001; port 0 picks a free one")
    .means(
        "A second listener, which serves the gateway at its root: for clients of GitLab that cannot take a \
         sub-path like `/gitlab`.",
    );

pub(crate) const VARIABLES: &[Variable] = &[
    APP_ENV,
    NODE_ENV,
    HOST,
    PORT,
    PUBLIC_URL,
    FRONTEND_URL,
    ALLOWED_ORIGINS,
    TRUST_PROXY,
    GATEWAY_LISTEN,
];

/// What kind of installation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// For whoever works on it: plain cookies, texts of internal errors.
    Development,
    /// For others: secure cookies, HSTS, a secret that was given.
    Production,
    /// As in development.
    Test,
}

/// How the server is reached.
#[derive(Clone, Debug)]
pub struct Server {
    /// What kind of installation it is.
    pub stage: Stage,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `None`: from the address it listens on.
    pub public_url: Option<Url>,
    /// Origins besides our own, as browsers spell them.
    pub origins: Vec<String>,
    /// Who is believed about where a request comes from.
    pub trusted_proxies: TrustedProxies,
    /// Where the gateway listens by itself.
    pub gateway: Option<SocketAddr>,
}

impl Server {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let stages = [
            ("development", Stage::Development),
            ("production", Stage::Production),
            ("test", Stage::Test),
        ];
        let node = read.optional(&NODE_ENV, |text| {
            stages
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(text))
                .map(|(_, stage)| *stage)
                .ok_or_else(|| "is not one of the words that are allowed".to_owned())
        });
        let given = read.is_given(&APP_ENV);
        let stage = read.choice(&APP_ENV, &stages);
        let stage = if given { stage } else { node.unwrap_or(stage) };

        let host = read.value(&HOST, |text| match text {
            "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            _ => text
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .map_err(|_| "is not an IP address".to_owned()),
        });
        let port = read.number(&PORT, 0..=u16::MAX);
        let public_url = read.optional(&PUBLIC_URL, public_url);
        if stage == Stage::Production && public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
            read.warn(
                "PUBLIC_URL is not an https address, though APP_ENV is production: browsers keep the secure \
                 session cookie only over https",
            );
        }
        let mut origins = read.list(&FRONTEND_URL, origin);
        for origin in read.list(&ALLOWED_ORIGINS, origin) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Self {
            stage,
            listen: SocketAddr::new(host, port),
            public_url,
            origins,
            trusted_proxies: read.value(&TRUST_PROXY, |text| {
                text.parse()
                    .map_err(|_| "is neither a number of hops nor a list of networks".to_owned())
            }),
            gateway: read.optional(&GATEWAY_LISTEN, |text| {
                text.replace("localhost:", "127.0.0.1:")
                    .parse()
                    .map_err(|_| "is not an address with a port".to_owned())
            }),
        }
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain {
        Ok(url)
    } else {
        Err("is not a plain http or https address".to_owned())
    }
}

fn public_url(text: &str) -> Result<Url, String> {
    web_address(text)
}

fn origin(text: &str) -> Result<String, String> {
    let url = web_address(text)?;
    if url.path() == "/" {
        Ok(url.origin().ascii_serialization())
    } else {
        Err("is not an origin: it has a path".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(
            origin("https://Console.example.com:443/"),
            Ok("https://console.example.com".to_owned())
        );
        for text in ["https://a/b", "a.example.com", "ftp://a", "https://u:p@a", "*"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
