use std::collections::HashMap;

use engine::import::InputFile;
use engine::manifest::{Desired, Manifest, read_body, read_files};
use serde_json::Value;

use crate::choose;
use crate::problems::judge;
use crate::registry::{TODAY, registry};

/// Manifests in YAML and JSON, as files and in bodies, and the forms of older scripts.
pub(crate) fn run(data: &[u8]) {
    let Some((choice, bytes)) = choose(data) else {
        return;
    };
    match choice % 4 {
        0 | 1 => file(["a.yaml", "a.json"][choice % 2], bytes),
        2 => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                body(&Value::String(text.to_owned()), bytes);
            }
        }
        _ => {
            if let Ok(value) = serde_json::from_slice(bytes) {
                body(&value, bytes);
            }
        }
    }
}

fn file(name: &str, bytes: &[u8]) {
    match read_files(registry(), &[InputFile::new(name, bytes)], TODAY) {
        None => {}
        Some(Ok(manifest)) => understood(&manifest),
        Some(Err(refused)) => judge(&refused.0, bytes),
    }
}

fn body(value: &Value, bytes: &[u8]) {
    match read_body(registry(), value, None, TODAY) {
        Ok(manifest) => understood(&manifest),
        Err(refused) => judge(&refused.0, bytes),
    }
}

/// What is stored with the job is what was read, and every want of it can be made an item.
fn understood(manifest: &Manifest) {
    let stored = serde_json::to_string(&manifest.desired).expect("what is wanted can be stored");
    let loaded: Desired = serde_json::from_str(&stored).expect("what is stored can be loaded");
    assert_eq!(loaded, manifest.desired);
    let known = HashMap::new();
    let items = loaded
        .items(registry(), &known)
        .expect("every want is an operation's");
    assert_eq!(items.len(), loaded.len());
    assert_eq!(loaded.full_paths(&known).len(), loaded.objects.len());
}
