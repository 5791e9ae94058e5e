//! The examples in `deploy/` say what this program understands: variables, commands, ports, addresses to probe.

use std::path::Path;

use domain::Problems;
use serde_json::Value;

use super::{Config, Environment, Purpose};

/// How long a server that is asked to stop takes at most, in seconds: open requests and items, then the audit trail.
const STOPS_WITHIN: u64 = 12;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// What somebody who follows the example puts in the place of a secret or an address.
fn given(name: &str) -> &'static str {
    match name {
        "SESSION_SECRET" => "0123456789abcdef0123456789abcdef",
        "GITLAB_URL" => "https://gitlab.example.com",
        "PUBLIC_URL" => "https://bulk.example.com",
        "POSTGRES_PASSWORD" => "0123456789abcdef",
        "DATABASE_URL" => "postgres://bulk:PASSWORD@db.example.com/bulk?sslmode=verify-full",
        "REDIS_URL" => "rediss://:PASSWORD@cache.example.com",
        other => panic!("{other} is asked for, and nobody says what it is"),
    }
}

/// `${NAME:?help}` and `${NAME}` with what is given for them.
fn filled(text: &str) -> String {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, rest) = part.split_once('}').unwrap();
        filled += given(inside.split(':').next().unwrap());
        filled += rest;
    }
    filled
}

/// The variables are ones of this program, their values are good, and nothing is left to warn of.
fn check(variables: Vec<(String, String)>) -> Config {
    let known: Vec<&str> = super::TOPICS
        .iter()
        .flat_map(|topic| topic.variables)
        .map(|variable| variable.name)
        .collect();
    for (name, _) in &variables {
        assert!(
            known.contains(&name.as_str()),
            "{name} is no variable of this program"
        );
    }
    let config = Config::read(&Environment::of(variables), Purpose::Serve);
    let config = config.unwrap_or_else(|Problems(problems)| panic!("{problems:?}"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config
}

/// What the image sets by itself.
fn of_the_image() -> Vec<(String, String)> {
    let text = read("container/Containerfile");
    let line = text.lines().find_map(|line| line.strip_prefix("ENV ")).unwrap();
    let pairs = line.split_whitespace().map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_image_and_its_compose_files_start_a_server_on_the_port_that_they_publish() {
    let image = read("container/Containerfile");
    for file in ["container/compose.yaml", "container/compose-nodes.yaml"] {
        let compose = yaml(&read(file));
        let service = &compose["services"]["gitlab-bulk"];
        let own = service["environment"].as_object().unwrap();
        let own = own
            .iter()
            .map(|(name, value)| (name.clone(), filled(value.as_str().unwrap())));
        let config = check(of_the_image().into_iter().chain(own).collect());
        let port = config.server.listen.port();
        for published in service["ports"].as_array().unwrap() {
            let inside = published.as_str().unwrap().rsplit(':').next().unwrap();
            assert_eq!(inside, port.to_string(), "{file}");
            assert!(
                published.as_str().unwrap().starts_with("127.0.0.1:"),
                "{file}: TLS is in front"
            );
        }
        assert!(image.contains(&format!("EXPOSE {port}\n")), "{file}");
        let built = service["build"]["dockerfile"].as_str().unwrap();
        assert_eq!(built, "deploy/container/Containerfile");
        let grace = service["stop_grace_period"]
            .as_str()
            .unwrap()
            .strip_suffix('s')
            .unwrap();
        assert!(grace.parse::<u64>().unwrap() > STOPS_WITHIN, "{file}");
        // What is written somewhere has a place, though the rest may not be written to.
        assert_eq!(service["read_only"], true);
        let written: Vec<&str> = ["volumes", "tmpfs"]
            .iter()
            .filter_map(|kind| service[*kind].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for place in ["/var/lib/gitlab-bulk", "/tmp"] {
            assert!(written.iter().any(|at| at.ends_with(place)), "{file}: {place}");
        }
        if let Some(needs) = service["depends_on"].as_object() {
            let there = compose["services"].as_object().unwrap();
            assert!(needs.keys().all(|name| there.contains_key(name)), "{file}");
        }
    }
    assert!(image.contains("CMD [\"serve\"]"));
}

#[test]
fn kubernetes_starts_a_server_and_probes_what_it_serves() {
    let document = server::openapi();
    for file in ["kubernetes/one-node.yaml", "kubernetes/nodes.yaml"] {
        let text = read(file);
        let objects: Vec<Value> = text.split("\n---\n").map(yaml).collect();
        let workload = &objects[0];
        let pod = &workload["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert_eq!(container["args"], serde_json::json!(["serve"]));
        let variables = container["env"].as_array().unwrap().iter().map(|variable| {
            let name = variable["name"].as_str().unwrap().to_owned();
            let value = variable["value"].as_str().map_or_else(
                || {
                    let key = variable["valueFrom"]["secretKeyRef"]["key"].as_str().unwrap();
                    assert_eq!(key, name);
                    assert!(
                        text.contains(&format!("--from-literal={key}=")),
                        "{file}: {key} is never made"
                    );
                    given(key).to_owned()
                },
                str::to_owned,
            );
            (name, value)
        });
        let config = check(variables.collect());
        let port = &container["ports"][0];
        assert_eq!(port["containerPort"], config.server.listen.port(), "{file}");
        for probe in ["livenessProbe", "readinessProbe"] {
            let asked = &container[probe]["httpGet"];
            let path = asked["path"].as_str().unwrap();
            assert!(document["paths"][path]["get"].is_object(), "{file}: {path}");
            assert_eq!(asked["port"], port["name"]);
        }
        assert!(
            pod["terminationGracePeriodSeconds"].as_u64().unwrap() > STOPS_WITHIN,
            "{file}"
        );
        let labels = &workload["spec"]["template"]["metadata"]["labels"];
        let service = objects.iter().find(|object| object["kind"] == "Service").unwrap();
        assert_eq!(&service["spec"]["selector"], labels, "{file}");
        assert_eq!(service["spec"]["ports"][0]["targetPort"], port["name"], "{file}");
        assert_eq!(&workload["spec"]["selector"]["matchLabels"], labels, "{file}");
        let mounted = container["volumeMounts"].as_array().unwrap();
        let data = config.data.directory.to_str().unwrap();
        assert!(
            mounted.iter().any(|mount| mount["mountPath"] == data),
            "{file}: {data}"
        );
    }
}

#[test]
fn systemd_starts_a_server_and_waits_for_its_end() {
    let unit = read("systemd/gitlab-bulk.service");
    let values = |key: &str| {
        let key = format!("{key}=");
        unit.lines()
            .filter_map(|line| line.strip_prefix(&key).map(str::to_owned))
            .collect::<Vec<String>>()
    };
    let set = values("Environment").into_iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let told = ["GITLAB_URL", "PUBLIC_URL", "SESSION_SECRET"].map(|name| {
        assert!(unit.contains(&format!("{name}=")), "{name}");
        (name.to_owned(), given(name).to_owned())
    });
    check(set.chain(told).collect());
    assert!(values("ExecStart")[0].ends_with("/gitlab-bulk serve"));
    assert!(values("TimeoutStopSec")[0].parse::<u64>().unwrap() > STOPS_WITHIN);
}
