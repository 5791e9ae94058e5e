//! The examples in `deploy/` say what this program understands: variables, commands, ports, addresses to probe.

use std::path::Path;

use domain::Problems;
use engine::vault::Vault;
use serde_json::{Value, json};
use server::ServerSettings;

use super::data::DatabaseAt;
use super::{Config, Environment, Purpose};

/// How long a server that is asked to stop takes at most, in seconds: open requests and items, then the audit trail.
fn stops_within() -> u64 {
    let vault = Vault::new(vec![7; 32], None).unwrap();
    ServerSettings::new(vault).stop_within.as_secs() + 2
}

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

/// Whether a variable of this name holds what nobody else may read.
fn is_secret(name: &str) -> bool {
    let mut variables = super::TOPICS.iter().flat_map(|topic| topic.variables);
    variables.any(|variable| variable.name == name && variable.secret)
}

/// The text of the file at the root of the workspace that says so.
fn workspace(key: &str) -> String {
    let text = read("../Cargo.toml");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{key} = \"")));
    line.unwrap().trim_end_matches('"').to_owned()
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
        for (name, value) in own.iter().filter(|(name, _)| is_secret(name)) {
            let value = value.as_str().unwrap();
            assert!(
                value.contains("${") || !value.contains('@'),
                "{file}: {name} lies there for everybody to read"
            );
        }
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
        assert!(grace.parse::<u64>().unwrap() > stops_within(), "{file}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{file}");
        assert_eq!(
            service["security_opt"],
            json!(["no-new-privileges:true"]),
            "{file}"
        );
        assert_eq!(
            service["ulimits"]["core"], 0,
            "{file}: a core dump would hold tokens"
        );
        // What is written somewhere has a place, though the rest may not be written to.
        assert_eq!(service["read_only"], true);
        let written: Vec<&str> = ["volumes", "tmpfs"]
            .iter()
            .filter_map(|kind| service[*kind].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let data = config.data.directory.to_str().unwrap();
        for place in [data, "/tmp"] {
            assert!(written.iter().any(|at| at.ends_with(place)), "{file}: {place}");
        }
        assert!(image.contains(&format!("VOLUME {data}\n")), "{file}");
        for (name, _) in written.iter().filter_map(|at| at.split_once(':')) {
            assert!(
                compose["volumes"].as_object().unwrap().contains_key(name),
                "{file}: {name}"
            );
        }
        if let Some(needs) = service["depends_on"].as_object() {
            let there = compose["services"].as_object().unwrap();
            assert!(needs.keys().all(|name| there.contains_key(name)), "{file}");
            for (name, need) in needs {
                let is_asked = !there[name]["healthcheck"]["test"].is_null();
                assert!(
                    is_asked || need["condition"] != "service_healthy",
                    "{file}: {name}"
                );
            }
        }
    }
    assert!(image.contains("CMD [\"serve\"]"));
    let stages: Vec<&str> = image
        .lines()
        .filter_map(|line| line.strip_prefix("FROM "))
        .collect();
    let compiler = workspace("rust-version");
    assert!(
        stages[0].starts_with(&format!("docker.io/library/rust:{compiler}-")),
        "{stages:?}"
    );
    assert!(stages[1].ends_with(":nonroot"), "{stages:?}");
    for (name, value) in of_the_image() {
        assert!(
            !is_secret(&name),
            "{name}={value} is in the image for everybody to read"
        );
    }
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
        assert_eq!(container["args"], json!(["serve"]));
        let version = workspace("version");
        assert_eq!(container["image"], format!("gitlab-bulk:{version}"), "{file}");
        let variables = container["env"].as_array().unwrap().iter().map(|variable| {
            let name = variable["name"].as_str().unwrap().to_owned();
            assert!(
                !is_secret(&name) || variable["value"].is_null(),
                "{file}: {name} lies there for everybody to read"
            );
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
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let asked = &container[probe]["httpGet"];
            let path = asked["path"].as_str().unwrap();
            let operation = &document["paths"][path]["get"];
            assert!(operation["responses"]["200"].is_object(), "{file}: {path}");
            let open = &operation["security"][0];
            assert_eq!(open, &json!({}), "{file}: nobody signs in to probe {path}");
            assert_eq!(asked["port"], port["name"]);
        }
        let nodes = workload["spec"]["replicas"].as_u64().unwrap();
        let goes_on = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64();
        assert_eq!(
            goes_on.is_some(),
            nodes > 1,
            "{file}: one node has nobody else to ask"
        );
        let patience = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(patience > goes_on.unwrap_or_default() + stops_within(), "{file}");
        // Before it listens it may wait for another node that changes the tables.
        let startup = &container["startupProbe"];
        let starts_within =
            startup["periodSeconds"].as_u64().unwrap() * startup["failureThreshold"].as_u64().unwrap();
        assert!(starts_within >= 300, "{file}: {starts_within} s");
        let guarded = &container["securityContext"];
        assert_eq!(
            guarded,
            &json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            }),
            "{file}"
        );
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{file}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{file}");
        let labels = &workload["spec"]["template"]["metadata"]["labels"];
        let service = objects.iter().find(|object| object["kind"] == "Service").unwrap();
        assert_eq!(&service["spec"]["selector"], labels, "{file}");
        assert_eq!(service["spec"]["ports"][0]["targetPort"], port["name"], "{file}");
        assert_eq!(&workload["spec"]["selector"]["matchLabels"], labels, "{file}");
        let mounted = container["volumeMounts"].as_array().unwrap();
        let data = config.data.directory.to_str().unwrap();
        for place in [data, "/tmp"] {
            assert!(
                mounted.iter().any(|mount| mount["mountPath"] == place),
                "{file}: {place}"
            );
        }
        let volumes = pod["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|volume| &volume["name"]);
        let claims = workload["spec"]["volumeClaimTemplates"].as_array();
        let claims = claims
            .into_iter()
            .flatten()
            .map(|claim| &claim["metadata"]["name"]);
        let there: Vec<&Value> = volumes.chain(claims).collect();
        for mount in mounted {
            assert!(there.contains(&&mount["name"]), "{file}: {mount}");
        }
        let shared = matches!(config.data.database, DatabaseAt::Postgres(_));
        assert_eq!(nodes > 1, shared, "{file}: an embedded database is one node's");
        // While nodes are replaced one of them has to be there.
        if let Some(budget) = objects
            .iter()
            .find(|object| object["kind"] == "PodDisruptionBudget")
        {
            assert!(budget["spec"]["minAvailable"].as_u64().unwrap() < nodes, "{file}");
            assert_eq!(&budget["spec"]["selector"]["matchLabels"], labels, "{file}");
        }
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
    let set: Vec<(String, String)> = set.collect();
    for (name, _) in &set {
        assert!(!is_secret(name), "{name} lies there for everybody to read");
    }
    let config = check(set.into_iter().chain(told).collect());
    assert!(values("ExecStart")[0].ends_with("/gitlab-bulk serve"));
    for key in ["CapabilityBoundingSet", "AmbientCapabilities"] {
        assert_eq!(values(key), [""], "{key}");
    }
    for (key, value) in [
        // All else of the file system may not be written to.
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("ProtectHome", "yes"),
        ("LimitCORE", "0"),
    ] {
        assert_eq!(values(key), [value], "{key}");
    }
    assert!(values("TimeoutStopSec")[0].parse::<u64>().unwrap() > stops_within());
    let state = format!("/var/lib/{}", values("StateDirectory")[0]);
    assert_eq!(config.data.directory.to_str(), Some(state.as_str()));
}
